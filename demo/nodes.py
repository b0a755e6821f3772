# SPDX-License-Identifier: BSD-3-Clause
"""The processes: five Kamailios and two baresips, each a process group of its own
that dies with the demo."""

import ctypes
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import sound
from world import (ALICE, BOB, CONTROL_PORT, HOPS, MODULE, NET_PORT, PORT, RTP_PORTS, SS1,
                   TOP, WORK, Fault, program)

CONFIG = """\
poll_method epoll
net_interface {address}
sip_listen {address}:5060
sip_trans_bsize 128
audio_player aubridge,nowhere
audio_source aufile,{folder}/tone.wav
audio_alert aubridge,nowhere
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_level no
rtp_ports {rtp}-{rtp_end}
rtcp_mux yes
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module_tmp uuid.so
module_tmp account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control}
"""


class Process:
    LAST = signal.SIGTERM  # Kamailio takes its children with it

    def die_with_us(self):
        """Should the demo be killed without a chance to clean up (prctl(2))."""
        ctypes.CDLL(None).prctl(1, self.LAST)

    def __init__(self, name, args, **env):
        self.name = name
        self.log = os.path.join(WORK, name.replace(" ", "-") + ".log")
        with open(self.log, "wb") as f:
            self.popen = subprocess.Popen(
                args, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT,
                start_new_session=True, cwd=WORK, preexec_fn=self.die_with_us,
                env={**os.environ, **env})

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def check(self):
        if self.popen.poll() is not None:
            raise Fault("%s ended by itself: see %s\n%s" % (
                self.name, self.log, self.text()[-1500:]))

    def stop(self):
        for sig, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.popen.pid, sig)
            except ProcessLookupError:
                break
            end = time.monotonic() + patience
            while self.popen.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
        self.popen.wait()


def quoted(text):
    return '"%s"' % text


class Proxy(Process):
    """Kamailio with one of the configurations of etc/, as shipped."""

    def __init__(self, hop, config, module, **settings):
        self.hop = hop
        short = hop.name.replace(" ", "-")
        dump = os.path.join(WORK, short + "-dump")
        run = os.path.join(WORK, short + "-run")
        for folder in (dump, run):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        settings.update(CHILDREN=2, TCP_CHILDREN=1)
        # sipdump writes every octet down; mode 4: a pcap file
        args = [program("kamailio", "kamailio"), "-f", os.path.join(TOP, "etc", config),
                "-DD", "-E", "-x", "fm", "-X", "fm", "-m", "64", "-M", "16", "-w", run,
                "-Y", run, "--loadmodule=sipdump", "--modparam=sipdump:enable:i:1",
                "--modparam=sipdump:mode:i:4", "--modparam=sipdump:wait:i:2000",
                "--modparam=sipdump:folder:s:" + dump]
        if module:
            args += ["-L", os.path.dirname(MODULE) + ":" + modules_folder()]
        for name, value in settings.items():
            args += ["-A", name if value is None else "%s=%s" % (name, value)]
        super().__init__(hop.name, args)

    def wait_ready(self):
        end = time.monotonic() + 15
        for port in self.hop.ports:
            while not answers(self.hop.address, port):
                self.check()
                if time.monotonic() > end:
                    raise Fault("%s does not answer: see %s" % (self.name, self.log))
                time.sleep(0.05)


def modules_folder():
    for path in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
                 "/usr/local/lib", "/usr/lib"):
        folder = os.path.join(path, "kamailio", "modules")
        if os.path.isdir(folder):
            return folder
    raise Fault("no folder of Kamailio's modules")


def answers(address, port):
    """An OPTIONS that gets any answer over UDP, or a TCP port that is open."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.settimeout(0.3)
        if s.connect_ex((address, port)) == 0:
            return True
    ask = ("OPTIONS sip:{0} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{1};branch=z9hG4bKup\r\n"
           "From: <sip:up@127.0.0.1>;tag=1\r\nTo: <sip:{0}>\r\nCall-ID: up\r\n"
           "CSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(0.3)
        s.sendto(ask.format(address, s.getsockname()[1]).encode(), (address, port))
        try:
            return bool(s.recv(2048))
        except OSError:
            return False


class Phone(Process):
    """An unmodified baresip: plain SIP by UDP to the agent beside it."""

    LAST = signal.SIGKILL  # it would wait for an agent that is gone

    def __init__(self, hop, aor, far, agent, hertz, rtp):
        self.hop, self.aor, self.far = hop, aor, far
        self.folder = os.path.join(WORK, hop.name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        sound.write_tone(os.path.join(self.folder, "tone.wav"), hertz)
        with open(os.path.join(self.folder, "config"), "w") as f:
            f.write(CONFIG.format(address=hop.address, folder=self.folder, rtp=rtp,
                                  rtp_end=rtp + 20, control=CONTROL_PORT,
                                  modules="/usr/lib/baresip/modules"))
        with open(os.path.join(self.folder, "accounts"), "w") as f:
            f.write('<%s;transport=udp>;auth_pass=none;regint=600;answermode=auto;'
                    'outbound="sip:%s;transport=udp;lr";audio_codecs=pcmu\n' % (
                        aor, agent.at()))
        # the one contact: who a message goes to
        for name in ("contacts", "current_contact"):
            with open(os.path.join(self.folder, name), "w") as f:
                f.write('"Far" <%s>\n' % far if name == "contacts" else far)
        super().__init__(hop.name, [program("baresip", "baresip-core"), "-f", self.folder,
                                    "-s"], HOME=self.folder)

    def heard(self):
        """What the sndfile module recorded of the other one's voice."""
        found = sorted(glob.glob(os.path.join(self.folder, "dump-*-dec.wav")))
        return found[-1] if found else None

    def wait_for(self, text, what, seconds=15, times=1):
        """Until the phone's own SIP trace shows it."""
        end = time.monotonic() + seconds
        while self.text().count(text) < times:
            self.check()
            if time.monotonic() > end:
                raise Fault("%s: %s (see %s)" % (self.name, what, self.log))
            time.sleep(0.02)

    def command(self, word, params=""):
        """ctrl_tcp: a netstring of JSON there, and answers and events back."""
        text = json.dumps({"command": word, "params": params, "token": "demo"})
        end = time.monotonic() + 5
        while True:
            with socket.socket() as s:
                s.settimeout(3)
                if s.connect_ex((self.hop.address, CONTROL_PORT)) == 0:
                    s.sendall(b"%d:%s," % (len(text), text.encode()))
                    s.recv(65536)
                    return
            self.check()
            if time.monotonic() > end:
                raise Fault("%s takes no commands: see %s" % (self.name, self.log))
            time.sleep(0.05)


TONES = (440, 1000)  # hertz: Alice's voice, Bob's


POLICY = """\
# Who may be shown what (doc: e2m(1)): a proxy of one's own domain, or of the
# other one's, what it says it must see.
rules = ( { middle = "@own"; view = [ "*" ]; verify = [ "*" ]; },
          { middle = "@peer"; view = [ "*" ]; verify = [ "*" ]; } );
"""


def who_reads(keys):
    """What an agent knows of proxies: the one to seal for; or nothing but whom it
    may show something when it is asked."""
    if not keys.discover:
        return {"MIDDLE": quoted(SS1)}
    path = os.path.join(WORK, "disclosure.conf")
    with open(path, "w") as f:
        f.write(POLICY)
    return {"NO_MIDDLE": None, "DISCLOSURE": quoted(path)}


def start_proxies(keys):
    alice, agent_a, visited, ss1, ss2, agent_b, bob = HOPS
    link = lambda hop, port=PORT: quoted("sip:%s;transport=tcp" % hop.at(port))  # noqa: E731

    def agent(hop, user, provider):
        return Proxy(
            hop, "agent.cfg", True, PHONE_LISTEN="udp:" + hop.at(),
            PHONE_SOCKET=quoted("udp:" + hop.at()), PHONE_PORT=PORT,
            NET_LISTEN="tcp:" + hop.at(NET_PORT),
            NET_SOCKET=quoted("tcp:" + hop.at(NET_PORT)), NET_PORT=NET_PORT,
            SOURCE=hop.address, DOMAIN=quoted(user.partition("@")[2]),
            PROVIDER=link(provider), IDENTITY=quoted(keys.pem(user)),
            TRUST=quoted(keys.ca), PEERS=quoted(keys.peers), **who_reads(keys))

    def proxy(hop, config, module, **more):
        return Proxy(hop, config, module, LISTEN_UDP="udp:" + hop.at(),
                     LISTEN_TCP="tcp:" + hop.at(), SOURCE=hop.address, **more)

    atlanta, biloxi = quoted("atlanta.example.com"), quoted("biloxi.example.com")
    yield proxy(visited, "visited.cfg", False, SELF=quoted("visited"), DOMAIN=atlanta,
                USER_HOP=link(agent_a, NET_PORT), FAR_HOP=link(ss1),
                FAR_ADDRESS=quoted(ss1.address))
    must = {"REQUIRE_ANY": quoted("view,verify")} if keys.discover else {}
    yield proxy(ss1, "home.cfg", True, DOMAIN=atlanta, USER_HOP=link(visited),
                FAR_HOP=link(ss2), MY_NAME=quoted(SS1), IDENTITY=quoted(keys.pem(SS1)),
                TRUST=quoted(keys.ca), WITH_LOG_CONTENT=None, **must)
    yield proxy(ss2, "visited.cfg", False, SELF=quoted("ss2"), DOMAIN=biloxi,
                USER_HOP=link(agent_b, NET_PORT), FAR_HOP=link(ss1))
    yield agent(agent_a, ALICE, visited)
    yield agent(agent_b, BOB, ss2)


def start_phones():
    yield Phone(HOPS[0], ALICE, BOB, HOPS[1], TONES[0], RTP_PORTS[0])
    yield Phone(HOPS[6], BOB, ALICE, HOPS[5], TONES[1], RTP_PORTS[1])
