/* SPDX-License-Identifier: BSD-3-Clause */
/* BouncyCastle's CMS behind one line in, one line out: words between blanks, octets
 * as base64. The answer is "ok OCTETS", or "no WHY". */
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Base64;
import java.util.Collection;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jcajce.spec.XDHParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public class Bouncy {
    static final String REFERENCE = "1.2.840.113549.1.9.16.2.30"; // RFC 3185
    static final String MAX_DECRYPTS = "1.2.840.113549.1.9.16.2.31";
    static final String ALSO_OURS = "1.2.3.4";
    static final Map<String, ASN1ObjectIdentifier> AGREEMENT = Map.of(
        "ecdh-sha1", CMSAlgorithm.ECDH_SHA1KDF, "ecdh-sha256", CMSAlgorithm.ECDH_SHA256KDF,
        "ecdh-sha384", CMSAlgorithm.ECDH_SHA384KDF,
        "cofactor-sha256", CMSAlgorithm.ECCDH_SHA256KDF,
        "ecdh-hkdf", new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.19")); // RFC 8418

    public static void main(String[] none) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                byte[] out = answer(line.split(" ", -1));
                System.out.println("ok " + Base64.getEncoder().encodeToString(out));
            } catch (Exception e) {
                System.out.println("no " + told(e));
            }
        }
    }

    static String told(Throwable e) {
        String text = e.toString();
        for (Throwable c = e.getCause(); c != null; c = c.getCause()) {
            text += "; " + c;
        }
        return text.replaceAll("\\s+", " ");
    }

    static byte[] answer(String[] w) throws Exception {
        switch (w[0]) {
        case "open": // DER PEM KEK
            return opened(octets(w[1]), w[2], octets(w[3]));
        case "cek": // DER PEM
            return cek(octets(w[1]), w[2]);
        case "attribute": // DER OID
            return attribute(octets(w[1]), w[2]);
        case "seal": // TEXT HOW CIPHER FORM REFERENCE KEK CERT...
            return sealed(w);
        case "sign": // TEXT HOW DIGEST FORM (CERT PEM)...
            return signed(w);
        case "verify": // DER CONTENT CA
            return verified(octets(w[1]), w[2].equals("-") ? null : octets(w[2]), w[3]);
        case "deflate": // TEXT
            return new CMSCompressedDataGenerator().generate(new CMSProcessableByteArray(
                octets(w[1])), new ZlibCompressor()).getEncoded();
        case "inflate": // DER
            return new CMSCompressedData(octets(w[1])).getContent(new ZlibExpanderProvider());
        default:
            throw new IllegalArgumentException(w[0]);
        }
    }

    static byte[] octets(String word) {
        return Base64.getDecoder().decode(word);
    }

    // ---- PEM --------------------------------------------------------------------

    static <T> T first(String path, Class<T> type) throws Exception {
        try (PEMParser pem = new PEMParser(new FileReader(path))) {
            for (Object o = pem.readObject(); o != null; o = pem.readObject()) {
                if (type.isInstance(o)) {
                    return type.cast(o);
                }
            }
        }
        throw new IllegalArgumentException(path);
    }

    static X509Certificate cert(String path) throws Exception {
        return new JcaX509CertificateConverter().setProvider("BC")
            .getCertificate(first(path, X509CertificateHolder.class));
    }

    static PrivateKey key(String path) throws Exception {
        return new JcaPEMKeyConverter().setProvider("BC")
            .getPrivateKey(first(path, PrivateKeyInfo.class));
    }

    static byte[] keyId(String path) throws Exception {
        return org.bouncycastle.asn1.x509.SubjectKeyIdentifier.fromExtensions(
            first(path, X509CertificateHolder.class).getExtensions()).getKeyIdentifier();
    }

    // ---- envelopes --------------------------------------------------------------

    static RecipientInformationStore recipients(byte[] der) throws Exception {
        return authenticated(der) ? new CMSAuthEnvelopedData(der).getRecipientInfos()
                                  : new CMSEnvelopedData(der).getRecipientInfos();
    }

    static boolean authenticated(byte[] der) {
        return org.bouncycastle.asn1.cms.ContentInfo.getInstance(der).getContentType()
            .equals(CMSObjectIdentifiersOf.AUTH_ENVELOPED);
    }

    static class CMSObjectIdentifiersOf {
        static final ASN1ObjectIdentifier AUTH_ENVELOPED =
            PKCSObjectIdentifiers.id_ct_authEnvelopedData;
    }

    static RecipientInformation mine(byte[] der, String pem) throws Exception {
        X509CertificateHolder holder = first(pem, X509CertificateHolder.class);
        boolean rsa = holder.getSubjectPublicKeyInfo().getAlgorithm().getAlgorithm()
            .equals(PKCSObjectIdentifiers.rsaEncryption);
        RecipientId id = rsa ? new JceKeyTransRecipientId(cert(pem))
                             : new JceKeyAgreeRecipientId(cert(pem));
        RecipientInformation found = recipients(der).get(id);
        if (found == null) {
            throw new CMSException("no recipient of that name");
        }
        return found;
    }

    static byte[] opened(byte[] der, String pem, byte[] kek) throws Exception {
        if (kek.length > 0) {
            RecipientInformation info = recipients(der).getRecipients().iterator().next();
            return info.getContent(new JceKEKEnvelopedRecipient(
                new SecretKeySpec(kek, "AES")).setProvider("BC"));
        }
        RecipientInformation info = mine(der, pem);
        if (!(info instanceof KeyTransRecipientInformation)) {
            return info.getContent(new JceKeyAgreeEnvelopedRecipient(key(pem)).setProvider("BC"));
        }
        return info.getContent(authenticated(der)
            ? new JceKeyTransAuthEnvelopedRecipient(key(pem)).setProvider("BC")
            : new JceKeyTransEnvelopedRecipient(key(pem)).setProvider("BC"));
    }

    /** Leaves the content key where it can be asked for. */
    static class Looking extends JceKeyAgreeEnvelopedRecipient {
        byte[] cek;

        Looking(PrivateKey key) {
            super(key);
        }

        @Override
        public RecipientOperator getRecipientOperator(AlgorithmIdentifier wrap,
            AlgorithmIdentifier cipher, org.bouncycastle.asn1.x509.SubjectPublicKeyInfo sender,
            org.bouncycastle.asn1.ASN1OctetString ukm, byte[] wrapped) throws CMSException {
            Key key = extractSecretKey(wrap, cipher, sender, ukm, wrapped);
            cek = key.getEncoded();
            return super.getRecipientOperator(wrap, cipher, sender, ukm, wrapped);
        }
    }

    static byte[] cek(byte[] der, String pem) throws Exception {
        Looking looking = new Looking(key(pem));
        looking.setProvider("BC");
        mine(der, pem).getContent(looking);
        return looking.cek;
    }

    static byte[] attribute(byte[] der, String oid) throws Exception {
        AttributeTable table = authenticated(der)
            ? new CMSAuthEnvelopedData(der).getUnauthAttrs()
            : new CMSEnvelopedData(der).getUnprotectedAttributes();
        Attribute found = table == null ? null : table.get(new ASN1ObjectIdentifier(oid));
        if (found == null) {
            throw new CMSException("no such attribute");
        }
        return found.getAttributeValues()[0].toASN1Primitive().getEncoded("DER");
    }

    static Attribute attribute(String oid, ASN1Encodable value) {
        return new Attribute(new ASN1ObjectIdentifier(oid), new DERSet(value));
    }

    static AttributeTable reuse(byte[] reference) {
        Hashtable<ASN1ObjectIdentifier, Attribute> table = new Hashtable<>();
        for (Attribute a : List.of(attribute(REFERENCE, new DEROctetString(reference)),
                                   attribute(MAX_DECRYPTS, new ASN1Integer(7)))) {
            table.put(a.getAttrType(), a);
        }
        return new AttributeTable(table);
    }

    static AttributeTable authenticatedAttributes() {
        return new AttributeTable(attribute(ALSO_OURS, new DEROctetString(new byte[5])));
    }

    static RecipientInfoGenerator recipient(String how, String cipher, boolean byKeyId,
        String path) throws Exception {
        PublicKey to = cert(path).getPublicKey();
        if (how.equals("ecdh+oaep")) {
            how = to instanceof ECPublicKey ? "ecdh-sha256" : "oaep-sha256";
        }
        if (!AGREEMENT.containsKey(how)) {
            return transport(how, byKeyId, path);
        }
        KeyPairGenerator g;
        if (to instanceof ECPublicKey) {
            g = KeyPairGenerator.getInstance("EC", "BC");
            g.initialize(((ECPublicKey) to).getParams());
        } else {
            g = KeyPairGenerator.getInstance("XDH", "BC");
            g.initialize(new XDHParameterSpec(XDHParameterSpec.X25519));
        }
        KeyPair ephemeral = g.generateKeyPair();
        ASN1ObjectIdentifier wrap = Map.of("128", CMSAlgorithm.AES128_WRAP, "192",
            CMSAlgorithm.AES192_WRAP, "256", CMSAlgorithm.AES256_WRAP).get(cipher.split("-")[1]);
        JceKeyAgreeRecipientInfoGenerator out = new JceKeyAgreeRecipientInfoGenerator(
            AGREEMENT.get(how), ephemeral.getPrivate(), ephemeral.getPublic(), wrap);
        out.setProvider("BC");
        return byKeyId ? out.addRecipient(keyId(path), to) : out.addRecipient(cert(path));
    }

    static RecipientInfoGenerator transport(String how, boolean byKeyId, String path)
        throws Exception {
        PublicKey to = cert(path).getPublicKey();
        AlgorithmIdentifier alg = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption,
            org.bouncycastle.asn1.DERNull.INSTANCE);
        if (how.startsWith("oaep")) {
            boolean old = how.equals("oaep-sha1");
            alg = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
                PKCSObjectIdentifiers.id_RSAES_OAEP, new OAEPParameterSpec(
                    old ? "SHA-1" : "SHA-256", "MGF1",
                    old ? MGF1ParameterSpec.SHA1 : MGF1ParameterSpec.SHA256,
                    PSource.PSpecified.DEFAULT));
        }
        JceKeyTransRecipientInfoGenerator out = byKeyId
            ? new JceKeyTransRecipientInfoGenerator(keyId(path), alg, to)
            : new JceKeyTransRecipientInfoGenerator(cert(path), alg);
        return out.setProvider("BC");
    }

    static ASN1ObjectIdentifier cipher(String name) throws Exception {
        String field = name.substring(0, 7).replace("-", "").toUpperCase() + "_" +
            name.substring(8).toUpperCase();
        return (ASN1ObjectIdentifier) CMSAlgorithm.class.getField(field).get(null);
    }

    static byte[] sealed(String[] w) throws Exception {
        String how = w[2], cipher = w[3], form = w[4];
        byte[] reference = octets(w[5]), kek = octets(w[6]);
        boolean aead = !cipher.endsWith("cbc");
        CMSEnvelopedGenerator generator = aead ? new CMSAuthEnvelopedDataGenerator()
                                               : new CMSEnvelopedDataGenerator();
        if (kek.length > 0) {
            generator.addRecipientInfoGenerator(new JceKEKRecipientInfoGenerator(
                reference, new SecretKeySpec(kek, "AES")).setProvider("BC"));
        }
        for (int i = 7; i < w.length; i++) {
            generator.addRecipientInfoGenerator(
                recipient(how, cipher, form.equals("key-id"), w[i]));
        }
        OutputEncryptor encryptor = new JceCMSContentEncryptorBuilder(cipher(cipher))
            .setProvider("BC").build();
        CMSTypedData text = new CMSProcessableByteArray(octets(w[1]));
        CMSAttributeTableGenerator attributes = form.equals("attributes")
            ? new SimpleAttributeTableGenerator(reuse(reference)) : null;
        if (!aead) {
            CMSEnvelopedDataGenerator g = (CMSEnvelopedDataGenerator) generator;
            g.setUnprotectedAttributeGenerator(attributes);
            return encoded(g.generate(text, encryptor).toASN1Structure(), form);
        }
        CMSAuthEnvelopedDataGenerator g = (CMSAuthEnvelopedDataGenerator) generator;
        g.setUnauthenticatedAttributeGenerator(attributes);
        if (form.equals("authenticated")) {
            g.setAuthenticatedAttributeGenerator(
                new SimpleAttributeTableGenerator(authenticatedAttributes()));
        }
        return encoded(g.generate(text, (OutputAEADEncryptor) encryptor).toASN1Structure(), form);
    }

    static byte[] encoded(org.bouncycastle.asn1.cms.ContentInfo info, String form)
        throws Exception {
        return info.getEncoded(form.equals("ber") ? "BER" : "DER");
    }

    // ---- signatures -------------------------------------------------------------

    static String scheme(PrivateKey key, String how, String digest) {
        String hash = digest.toUpperCase();
        return how.equals("ed25519") ? "Ed25519"
             : !key.getAlgorithm().equals("RSA") ? hash + "WITHECDSA"
             : how.equals("pss") ? hash + "WITHRSAANDMGF1" : hash + "WITHRSA";
    }

    static byte[] signed(String[] w) throws Exception {
        String how = w[2], digest = w[3], form = w[4];
        CMSSignedDataGenerator out = new CMSSignedDataGenerator();
        JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(
            new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
        builder.setDirectSignature(form.equals("no-attributes"));
        for (int i = 5; i < w.length; i += 2) {
            PrivateKey key = key(w[i + 1]);
            ContentSigner signer = new JcaContentSignerBuilder(scheme(key, how, digest))
                .setProvider("BC").build(key);
            out.addSignerInfoGenerator(form.equals("key-id")
                ? builder.build(signer, keyId(w[i])) : builder.build(signer, cert(w[i])));
            out.addCertificates(new JcaCertStore(List.of(cert(w[i]))));
        }
        boolean inside = form.equals("opaque") || form.equals("ber");
        return encoded(out.generate(new CMSProcessableByteArray(octets(w[1])), inside)
            .toASN1Structure(), form);
    }

    static byte[] verified(byte[] der, byte[] content, String ca) throws Exception {
        CMSSignedData data = content == null ? new CMSSignedData(der)
            : new CMSSignedData(new CMSProcessableByteArray(content), der);
        Collection<SignerInformation> signers = data.getSignerInfos().getSigners();
        for (SignerInformation s : signers) {
            X509CertificateHolder by = (X509CertificateHolder) data.getCertificates()
                .getMatches(s.getSID()).iterator().next();
            new JcaX509CertificateConverter().setProvider("BC").getCertificate(by)
                .verify(cert(ca).getPublicKey());
            if (!s.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(by))) {
                throw new CMSException("it does not verify");
            }
        }
        if (signers.isEmpty()) {
            throw new CMSException("nobody signed");
        }
        return new byte[0];
    }
}
