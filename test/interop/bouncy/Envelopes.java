/* SPDX-License-Identifier: BSD-3-Clause */
/* EnvelopedData, AuthEnvelopedData, and the attributes of RFC 3185. */
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jcajce.spec.XDHParameterSpec;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;

final class Envelopes {
    static final String REFERENCE = "1.2.840.113549.1.9.16.2.30"; // RFC 3185
    static final String MAX_DECRYPTS = "1.2.840.113549.1.9.16.2.31";
    static final String ALSO_OURS = "1.2.3.4";
    static final Map<String, ASN1ObjectIdentifier> AGREEMENT = Map.of(
        "ecdh-sha1", CMSAlgorithm.ECDH_SHA1KDF, "ecdh-sha256", CMSAlgorithm.ECDH_SHA256KDF,
        "ecdh-sha384", CMSAlgorithm.ECDH_SHA384KDF,
        "cofactor-sha256", CMSAlgorithm.ECCDH_SHA256KDF,
        "ecdh-hkdf", new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.19")); // RFC 8418

    static RecipientInformationStore recipients(byte[] der) throws Exception {
        return authenticated(der) ? new CMSAuthEnvelopedData(der).getRecipientInfos()
                                  : new CMSEnvelopedData(der).getRecipientInfos();
    }

    static boolean authenticated(byte[] der) {
        return ContentInfo.getInstance(der).getContentType()
            .equals(PKCSObjectIdentifiers.id_ct_authEnvelopedData);
    }

    static RecipientInformation mine(byte[] der, String pem) throws Exception {
        X509CertificateHolder holder = Bouncy.first(pem, X509CertificateHolder.class);
        boolean rsa = holder.getSubjectPublicKeyInfo().getAlgorithm().getAlgorithm()
            .equals(PKCSObjectIdentifiers.rsaEncryption);
        RecipientId id = rsa ? new JceKeyTransRecipientId(Bouncy.cert(pem))
                             : new JceKeyAgreeRecipientId(Bouncy.cert(pem));
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
            return info.getContent(new JceKeyAgreeEnvelopedRecipient(Bouncy.key(pem)).setProvider("BC"));
        }
        return info.getContent(authenticated(der)
            ? new JceKeyTransAuthEnvelopedRecipient(Bouncy.key(pem)).setProvider("BC")
            : new JceKeyTransEnvelopedRecipient(Bouncy.key(pem)).setProvider("BC"));
    }

    /** Leaves the content key where it can be asked for. */
    static class Looking extends JceKeyAgreeEnvelopedRecipient {
        byte[] cek;

        Looking(PrivateKey key) {
            super(key);
        }

        @Override
        public RecipientOperator getRecipientOperator(AlgorithmIdentifier wrap,
            AlgorithmIdentifier cipher, SubjectPublicKeyInfo sender,
            ASN1OctetString ukm, byte[] wrapped) throws CMSException {
            Key key = extractSecretKey(wrap, cipher, sender, ukm, wrapped);
            cek = key.getEncoded();
            return super.getRecipientOperator(wrap, cipher, sender, ukm, wrapped);
        }
    }

    static byte[] cek(byte[] der, String pem) throws Exception {
        Looking looking = new Looking(Bouncy.key(pem));
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
        PublicKey to = Bouncy.cert(path).getPublicKey();
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
        return byKeyId ? out.addRecipient(Bouncy.keyId(path), to) : out.addRecipient(Bouncy.cert(path));
    }

    static RecipientInfoGenerator transport(String how, boolean byKeyId, String path)
        throws Exception {
        PublicKey to = Bouncy.cert(path).getPublicKey();
        AlgorithmIdentifier alg = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption,
            DERNull.INSTANCE);
        if (how.startsWith("oaep")) {
            String[] hash = how.replace("sha", "SHA-").split("-mask-|oaep-");
            alg = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
                PKCSObjectIdentifiers.id_RSAES_OAEP, new OAEPParameterSpec(hash[1], "MGF1",
                    new MGF1ParameterSpec(hash[hash.length - 1]), PSource.PSpecified.DEFAULT));
        }
        JceKeyTransRecipientInfoGenerator out = byKeyId
            ? new JceKeyTransRecipientInfoGenerator(Bouncy.keyId(path), alg, to)
            : new JceKeyTransRecipientInfoGenerator(Bouncy.cert(path), alg);
        return out.setProvider("BC");
    }

    static ASN1ObjectIdentifier cipher(String name) throws Exception {
        String field = name.substring(0, 7).replace("-", "").toUpperCase() + "_" +
            name.substring(8).toUpperCase();
        return (ASN1ObjectIdentifier) CMSAlgorithm.class.getField(field).get(null);
    }

    static byte[] sealed(String[] w) throws Exception {
        String how = w[2], cipher = w[3], form = w[4];
        byte[] reference = Bouncy.octets(w[5]), kek = Bouncy.octets(w[6]);
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
        CMSTypedData text = new CMSProcessableByteArray(Bouncy.octets(w[1]));
        CMSAttributeTableGenerator attributes = form.equals("attributes")
            ? new SimpleAttributeTableGenerator(reuse(reference)) : null;
        if (!aead) {
            CMSEnvelopedDataGenerator g = (CMSEnvelopedDataGenerator) generator;
            g.setUnprotectedAttributeGenerator(attributes);
            return Bouncy.encoded(g.generate(text, encryptor).toASN1Structure(), form);
        }
        CMSAuthEnvelopedDataGenerator g = (CMSAuthEnvelopedDataGenerator) generator;
        g.setUnauthenticatedAttributeGenerator(attributes);
        if (form.equals("authenticated")) {
            g.setAuthenticatedAttributeGenerator(
                new SimpleAttributeTableGenerator(authenticatedAttributes()));
        }
        return Bouncy.encoded(g.generate(text, (OutputAEADEncryptor) encryptor).toASN1Structure(), form);
    }
}
