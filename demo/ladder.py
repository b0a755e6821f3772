# SPDX-License-Identifier: BSD-3-Clause
"""The run as one HTML page that needs nothing but itself: the table, and a ladder
whose every arrow opens on the message as that hop received it."""

import html
import json

COLUMN, LEFT, ROW, HEAD = 176, 96, 40, 92
SHOWN = 16384  # octets of a message on the page

STYLE = """
:root { --ink: #1d2430; --soft: #5c6675; --line: #cfd6e0; --page: #fbfbfd; --card: #fff;
  --plain: #b4530a; --sealed: #1e62b8; --none: #8a94a3; --trust: #e7f0fb; --good: #1d7a3e;
  --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b5;
  --line: #39424f; --page: #14181e; --card: #1c222b; --plain: #f0a35e; --sealed: #78aef5;
  --none: #78828f; --trust: #1d2b3f; --good: #6fcf8e; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 1290px; color: var(--ink);
  background: var(--page); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; line-height: 1.2; }
p { margin: .35rem 0 1rem; } .soft { color: var(--soft); }
.verdict { font-weight: 600; } .good { color: var(--good); } .bad { color: var(--bad); }
.faults { color: var(--bad); margin: 0 0 1rem; } .facts { margin: 0; padding-left: 1.2rem;
  color: var(--soft); font-size: .93rem; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; padding: .45rem .8rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } tr:last-child td { border: 0; }
tr.reads td:first-child { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 1.4rem; font-size: .9rem; margin: .5rem 0; }
.legend svg { vertical-align: middle; margin-right: .4rem; }
svg text { font: 13px system-ui, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
svg .small { font-size: 11.5px; fill: var(--soft); } svg .name { font-weight: 600;
  font-size: 14px; } svg .step { font-weight: 600; }
svg text { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
svg .cue { font-size: 11px; fill: var(--soft); } svg .cue.good { fill: var(--good); }
svg .cue.bad { fill: var(--bad); font-weight: 600; }
.life { stroke: var(--line); stroke-width: 1.5; } .trusted { fill: var(--trust); }
.arrow { cursor: pointer; outline: none; }
.arrow .hit { fill: transparent; } .arrow:hover .hit, .arrow:focus .hit,
.arrow.open .hit { fill: var(--sealed); fill-opacity: .14; }
.arrow:focus-visible .hit { stroke: var(--sealed); stroke-width: 1.5; }
.plain .shaft { stroke: var(--plain); stroke-width: 2.2; } .plain .tip { fill: var(--plain); }
.sealed .shaft { stroke: var(--sealed); stroke-width: 2.6; } .sealed .tip { fill: var(--sealed); }
.nobody .shaft { stroke: var(--none); stroke-dasharray: 4 4; stroke-width: 1.4; }
.nobody .tip { fill: var(--none); } .nobody text { fill: var(--soft); }
dialog { border: 1px solid var(--line); border-radius: 12px; padding: 0; color: var(--ink);
  background: var(--card); width: min(900px, 94vw); max-height: 86vh; }
dialog::backdrop { background: rgb(0 0 0 / .45); }
dialog header { display: flex; gap: .6rem; align-items: center; padding: .8rem 1.1rem;
  border-bottom: 1px solid var(--line); position: sticky; top: 0; background: var(--card); }
dialog h2 { font-size: 1.05rem; margin: 0; flex: 1; }
dialog .in { padding: .8rem 1.1rem 1.1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem;
  font-size: .92rem; } dt { color: var(--soft); } dd { margin: 0; }
pre { margin: 0; padding: .8rem; overflow-x: auto; border: 1px solid var(--line);
  border-radius: 8px; font: 12.5px/1.45 ui-monospace, Menlo, Consolas, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; } pre i { color: var(--sealed);
  font-style: normal; background: var(--trust); border-radius: 4px; padding: 0 .3em; }
button { font: inherit; padding: .2rem .7rem; border-radius: 7px; cursor: pointer;
  border: 1px solid var(--line); background: var(--page); color: var(--ink); }
summary { cursor: pointer; margin: .8rem 0 .4rem; color: var(--soft); }
@media print { dialog { display: none; } body { max-width: none; } }
"""

SCRIPT = """
const data = JSON.parse(document.getElementById('messages').textContent);
const box = document.querySelector('dialog'), arrows = document.querySelectorAll('.arrow');
let now = -1;
function show(n, quiet) {
  if (n < 0 || n >= data.length) return;
  arrows.forEach(a => a.classList.toggle('open', Number(a.dataset.n) === n));
  now = n;
  box.querySelector('h2').textContent = data[n].title;
  box.querySelector('.in').innerHTML = data[n].html;
  if (!box.open) box.showModal();
  box.scrollTop = 0;
  if (!quiet) history.replaceState(null, '', '#message-' + n);
}
box.addEventListener('close', () => {
  arrows.forEach(a => a.classList.remove('open'));
  history.replaceState(null, '', location.pathname);
  if (now >= 0) document.getElementById('arrow-' + now).focus();
});
arrows.forEach(a => {
  const n = Number(a.dataset.n);
  a.addEventListener('click', () => show(n));
  a.addEventListener('keydown', e => {
    if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); show(n); }
  });
});
document.getElementById('before').onclick = () => show(now - 1);
document.getElementById('after').onclick = () => show(now + 1);
document.getElementById('shut').onclick = () => box.close();
box.addEventListener('click', e => { if (e.target === box) box.close(); });
box.addEventListener('keydown', e => {
  if (e.key === 'ArrowLeft') show(now - 1);
  if (e.key === 'ArrowRight') show(now + 1);
});
function linked() {
  const m = /^#message-(\\d+)$/.exec(location.hash);
  if (m) show(Number(m[1]), true);
}
window.addEventListener('hashchange', linked);
linked();
"""


def esc(text):
    return html.escape(str(text), quote=True)


def octets(raw):
    """A message as text; runs that are no text become their number."""
    out, run = [], 0
    text = bytearray()

    def flush():
        nonlocal run
        if run:
            out.append("<i>%d binary octets</i>" % run)
        run = 0

    def words():
        if text:
            out.append(esc(text.decode("ascii")))
            text.clear()

    for at, b in enumerate(raw):
        printable = 32 <= b < 127 or b in (9, 10, 13)
        if printable and (not run or readable_from(raw, at)):
            flush()
            if b != 13:
                text.append(b)
        else:
            words()
            run += 1
    words()
    flush()
    return "".join(out)


def readable_from(raw, at):
    """Text begins again: a few letters by chance are still binary."""
    piece = raw[at:at + 12]
    return len(piece) >= 4 and all(32 <= b < 127 or b in (9, 10, 13) for b in piece)


def dump(raw):
    lines = []
    for at in range(0, len(raw), 16):
        row = raw[at:at + 16]
        lines.append("%05x  %-47s  %s" % (
            at, row.hex(" "), "".join(chr(b) if 32 <= b < 127 else "." for b in row)))
    return esc("\n".join(lines))


def message(arrow, hops):
    hop = hops[arrow["to"]]
    rows = [("received by", "%s, %s" % (hop["name"], hop["address"])),
            ("from", hops[arrow["from"]]["name"]), ("at", "%.3f s" % arrow["at"])]
    if arrow["state"] != "nobody":
        rows.append(("body", {"sealed": "sealed (S/MIME)", "plain": "plain"}[arrow["state"]]))
        rows.append(("%s could read it" % hop["name"], "yes" if arrow["could_read"] else "no"))
        if arrow["signer"]:
            rows.append(("signed by", arrow["signer"]))
        if arrow["verified"] is not None:
            rows.append(("verified there", "yes" if arrow["verified"] else "no"))
        if arrow["note"]:
            rows.append(("note", arrow["note"]))
    raw = arrow["raw"][:SHOWN]
    more = len(arrow["raw"]) - len(raw)
    return "<dl>%s</dl><pre>%s%s</pre><details><summary>every octet</summary>" \
        "<pre>%s</pre></details>" % (
            "".join("<dt>%s</dt><dd>%s</dd>" % (esc(k), esc(v)) for k, v in rows),
            octets(raw), "\n<i>%d octets more</i>" % more if more else "", dump(raw))


def lock(x, y):
    """The sealed arrow's cue that is no colour."""
    return '<g transform="translate(%d %d)"><rect x="0" y="5" width="10" height="8" rx="2" ' \
        'class="tip"/><path d="M2 5V3.5a3 3 0 0 1 6 0V5" fill="none" class="shaft" ' \
        'style="stroke-width:1.6"/></g>' % (x, y)


def arrow_svg(n, arrow, y, hops):
    x1, x2 = (LEFT + COLUMN * arrow[k] for k in ("from", "to"))
    way = 1 if x2 > x1 else -1
    tip = "%d,%d %d,%d %d,%d" % (x2, y, x2 - 9 * way, y - 5, x2 - 9 * way, y + 5)
    middle, label = (x1 + x2) / 2, arrow["label"]
    sealed = arrow["state"] == "sealed"
    if len(label) > (17 if sealed else 22):  # the reason phrase is in the message
        label = label.split()[0] + " " + label.split()[-1]
    said = "%s from %s to %s, body %s" % (
        arrow["label"], hops[arrow["from"]]["name"], hops[arrow["to"]]["name"],
        {"nobody": "none"}.get(arrow["state"], arrow["state"]))
    half = sum(9.2 if c.isupper() else 6.6 for c in label) / 2
    middle += 8 if sealed else 0
    cue = lock(int(middle - half - 15), y - 19) if sealed else ""
    if arrow["cue"]:
        cue += '<text class="cue %s" x="%d" y="%d" text-anchor="%s">%s</text>' % (
            arrow["mood"], x2 - 12 * way, y + 13, "end" if way > 0 else "start",
            esc(arrow["cue"]))
    return '<g class="arrow %s" id="arrow-%d" data-n="%d" tabindex="0" role="button" ' \
        'aria-label="%s"><rect class="hit" x="%d" y="%d" width="%d" height="%d" rx="6"/>' \
        '<line class="shaft" x1="%d" y1="%d" x2="%d" y2="%d"/><polygon class="tip" ' \
        'points="%s"/><text x="%d" y="%d" text-anchor="middle">%s</text>%s</g>' % (
            arrow["state"], n, n, esc(said), min(x1, x2), y - 21, abs(x2 - x1), 38,
            x1, y, x2 - 6 * way, y, tip, middle, y - 6, esc(label), cue)


def svg(run):
    hops, parts, y, step = run["hops"], [], HEAD + 24, None
    for n, arrow in enumerate(run["arrows"]):
        if arrow["step"] != step:
            step, y = arrow["step"], y + 26
            parts.append('<text class="step" x="12" y="%d">%d. %s</text>' % (
                y - 8, step + 1, esc(run["steps"][step])))
            y += 22
        parts.append(arrow_svg(n, arrow, y, hops))
        y += ROW
    width, behind = 2 * LEFT + COLUMN * (len(hops) - 1), []
    for i, hop in enumerate(hops):
        x = LEFT + COLUMN * i
        if hop["role"] == "proxy" and hop["may_read"]:
            behind.append('<rect class="trusted" x="%d" y="10" width="120" height="%d" '
                          'rx="12"/>' % (x - 60, y - 6))
        behind.append('<line class="life" x1="%d" y1="%d" x2="%d" y2="%d"/>' % (x, HEAD, x, y))
        for dy, word, text in ((34, "name", hop["name"]), (52, "small", role(hop)),
                               (68, "small", hop["address"])):
            behind.append('<text class="%s" x="%d" y="%d" text-anchor="middle">%s</text>' % (
                word, x, dy, esc(text)))
    return '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" ' \
        'role="group" aria-label="ladder diagram">%s</svg>' % (
            width, y + 10, width, y + 10, "".join(behind + parts))


def role(hop):
    return {"phone": "phone", "agent": "seals and opens", "proxy": "reads and verifies"
            if hop["may_read"] else "must read nothing"}[hop["role"]]


def legend():
    each = [("plain", "plain body"), ("sealed", "sealed body"), ("nobody", "no body")]
    return "".join(
        '<span class="%s"><svg width="46" height="26"><line class="shaft" x1="2" y1="19" x2="38" '
        'y2="19"/><polygon class="tip" points="44,19 35,14 35,24"/>%s</svg>%s</span>' % (
            word, lock(14, 0) if word == "sealed" else "", text) for word, text in each)


def table(run):
    reads = {h["name"] for h in run["hops"] if h["may_read"]}
    head = "".join("<th scope=\"col\">%s</th>" % esc(c) for c in run["table"]["columns"])
    rows = "".join('<tr class="%s">%s</tr>' % (
        "reads" if r[0] in reads else "", "".join("<td>%s</td>" % esc(c) for c in r))
        for r in run["table"]["rows"])
    return "<table><thead><tr>%s</tr></thead><tbody>%s</tbody></table>" % (head, rows)


def write(path, run):
    """`run`: title, subtitle, verdict, faults, facts, hops, steps, arrows, table (see
    run)."""
    faults = "".join("<li>%s</li>" % esc(f) for f in run["faults"])
    facts = "".join("<li>%s</li>" % esc(f) for f in run["facts"])
    messages = json.dumps([{
        "title": "%s: %s to %s" % (a["label"], run["hops"][a["from"]]["name"],
                                   run["hops"][a["to"]]["name"]),
        "html": message(a, run["hops"])} for a in run["arrows"]])
    page = '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>%s</title>' \
        '<meta name="viewport" content="width=device-width, initial-scale=1">' \
        '<style>%s</style></head><body><h1>%s</h1><p class="soft">%s</p>' \
        '<p class="verdict %s">%s</p><ul class="faults"%s>%s</ul><div class="wide">%s</div>' \
        '<ul class="facts">%s</ul><p class="soft">Every arrow opens on the message as that ' \
        'hop received it; beside its tip stands whether that hop could read a sealed body, ' \
        'found out from those octets with that hop\u2019s own key.</p>' \
        '<div class="legend">%s</div><div class="wide">%s</div>' \
        '<dialog aria-label="message"><header><h2></h2><button id="before" ' \
        'aria-label="previous">\u2190</button><button id="after" aria-label="next">\u2192' \
        '</button><button id="shut">Close</button></header><div class="in"></div></dialog>' \
        '<script type="application/json" id="messages">%s</script><script>%s</script>' \
        '</body></html>\n' % (
            esc(run["title"]), STYLE, esc(run["title"]), esc(run["subtitle"]),
            "bad" if faults else "good", esc(run["verdict"]), "" if faults else " hidden",
            faults, table(run), facts, legend(), svg(run), messages.replace("<", "\\u003c"), SCRIPT)
    with open(path, "w", encoding="utf-8") as f:
        f.write(page)
