// SPDX-License-Identifier: BSD-3-Clause
// pkijs's CMS behind one line in, one line out: words between blanks, octets as
// base64. The answer is "ok OCTETS", or "no WHY".
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";

pkijs.setEngine("node", new pkijs.CryptoEngine({ name: "node", crypto: webcrypto }));
const DATA = "1.2.840.113549.1.7.1";
const octets = (word) => new Uint8Array(Buffer.from(word, "base64")).slice().buffer;

// ---- PEM

function pem(path, label) {
    const text = readFileSync(path, "latin1");
    const start = `-----BEGIN ${label}-----`;
    const end = `-----END ${label}-----`;
    return octets(text.slice(text.indexOf(start) + start.length, text.indexOf(end)));
}

const certificate = (path) => pkijs.Certificate.fromBER(pem(path, "CERTIFICATE"));
const privateKey = (path) => pem(path, "PRIVATE KEY");

// ---- envelopes

function enveloped(der) {
    const info = pkijs.ContentInfo.fromBER(der);
    if (info.contentType !== pkijs.ContentInfo.ENVELOPED_DATA) {
        throw new Error(`content type ${info.contentType} has no class here`);
    }
    return new pkijs.EnvelopedData({ schema: info.content });
}

const serialOf = (id) => Buffer.from(id.serialNumber.valueBlock.valueHexView).toString("hex");

/** The place of the RecipientInfo that names the certificate. In one for several
 * readers it looks at the first of their keys alone: the others are taken out. */
function mine(data, cert) {
    const names = (id) => id && id.serialNumber && serialOf(id) === serialOf(cert);
    return data.recipientInfos.findIndex((info) => {
        if (info.variant !== 2) {
            return info.variant === 1 && names(info.value.rid);
        }
        const keys = info.value.recipientEncryptedKeys;
        keys.encryptedKeys = keys.encryptedKeys.filter((key) => names(key.rid.value));
        return keys.encryptedKeys.length > 0;
    });
}

async function open(der, path, kek) {
    const data = enveloped(octets(der));
    if (kek !== "") {
        return data.decrypt(0, { preDefinedData: octets(kek) });
    }
    const cert = certificate(path);
    const at = mine(data, cert);
    const key = { recipientCertificate: cert, recipientPrivateKey: privateKey(path) };
    try {
        return await data.decrypt(at, key);
    } catch (e) {
        if (data.recipientInfos[at].variant === 2 && !data.recipientInfos[at].value.ukm) {
            await withoutUkm(() => data.decrypt(at, key));
            throw new Error("it takes an absent ukm for an empty one, and reads it else");
        }
        throw e;
    }
}

/** This version's fault in RFC 5753 sec. 7.2, mended for one call: so that it is
 * the fault and not the message that it stumbles over. */
async function withoutUkm(call) {
    const prototype = pkijs.ECCCMSSharedInfo.prototype;
    const { toSchema } = prototype;
    prototype.toSchema = function () {
        delete this.entityUInfo;
        return toSchema.call(this);
    };
    try {
        await call();
    } finally {
        prototype.toSchema = toSchema;
    }
}

function attribute(type, value) {
    return new pkijs.Attribute({ type, values: [value] });
}

async function seal(text, how, cipher, form, reference, kek, ...paths) {
    const length = Number(cipher.split("-")[1]);
    const data = new pkijs.EnvelopedData();
    if (kek !== "") {
        data.addRecipientByPreDefinedData(octets(kek), {
            keyIdentifier: octets(reference), keyEncryptionAlgorithm: { name: "AES-KW", length },
        }, 1);
    }
    const hash = how.endsWith("sha1") ? "SHA-1" : how.endsWith("sha384") ? "SHA-384" : "SHA-256";
    for (const path of paths) {
        data.addRecipientByCertificate(certificate(path), {
            oaepHashAlgorithm: hash, kdfAlgorithm: hash, kekEncryptionLength: length,
        });
    }
    if (form === "attributes") { // RFC 3185
        data.unprotectedAttrs = [
            attribute("1.2.840.113549.1.9.16.2.30",
                new asn1js.OctetString({ valueHex: octets(reference) })),
            attribute("1.2.840.113549.1.9.16.2.31", new asn1js.Integer({ value: 7 })),
        ];
    }
    if (!cipher.endsWith("cbc") && pkijs.AuthEnvelopedData === undefined) {
        throw new Error("AuthEnvelopedData has no class here");
    }
    await data.encrypt({ name: "AES-CBC", length }, octets(text));
    return new pkijs.ContentInfo({
        contentType: pkijs.ContentInfo.ENVELOPED_DATA, content: data.toSchema(),
    }).toSchema().toBER(false);
}

// ---- signatures

async function imported(path, how, hash) {
    const curve = { p256: "P-256", p384: "P-384" };
    const algorithm = {
        pss: { name: "RSA-PSS", hash }, "v1.5": { name: "RSASSA-PKCS1-v1_5", hash },
    }[how] || { name: "ECDSA", namedCurve: curve[how] };
    return webcrypto.subtle.importKey("pkcs8", privateKey(path), algorithm, false, ["sign"]);
}

async function attributes(text, hash) {
    const digest = await webcrypto.subtle.digest(hash, text);
    return new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes: [
        attribute("1.2.840.113549.1.9.3", new asn1js.ObjectIdentifier({ value: DATA })),
        attribute("1.2.840.113549.1.9.4", new asn1js.OctetString({ valueHex: digest })),
    ] });
}

async function sign(encoded, how, digest, form, certPath, keyPath) {
    const text = octets(encoded);
    const hash = digest.replace("sha", "SHA-");
    const cert = certificate(certPath);
    const content = new pkijs.EncapsulatedContentInfo({ eContentType: DATA });
    const inside = form === "opaque" || form === "ber";
    if (inside) {
        content.eContent = new asn1js.OctetString({ valueHex: text });
    }
    const signer = new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({
            issuer: cert.issuer, serialNumber: cert.serialNumber,
        }),
    });
    if (form !== "no-attributes") {
        signer.signedAttrs = await attributes(text, hash);
    }
    const data = new pkijs.SignedData({
        version: 1, encapContentInfo: content, signerInfos: [signer], certificates: [cert],
    });
    await data.sign(await imported(keyPath, how, hash), 0, hash, text);
    return new pkijs.ContentInfo({
        contentType: pkijs.ContentInfo.SIGNED_DATA, content: data.toSchema(true),
    }).toSchema().toBER(false);
}

async function verify(der, content, ca) {
    const info = pkijs.ContentInfo.fromBER(octets(der));
    const data = new pkijs.SignedData({ schema: info.content });
    const detached = content === "-" ? {} : { data: octets(content) };
    for (let signer = 0; signer < data.signerInfos.length; signer++) {
        const trustedCerts = [certificate(ca)];
        if (!await data.verify({ signer, checkChain: true, trustedCerts, ...detached })) {
            throw new Error("it does not verify");
        }
    }
    return new ArrayBuffer(0);
}

const questions = { open, seal, sign, verify };

for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...words] = line.split(" ");
    try {
        const out = await questions[name](...words);
        console.log("ok " + Buffer.from(out).toString("base64"));
    } catch (e) {
        console.log("no " + String(e.message || e).replace(/\s+/g, " "));
    }
}
