/* SPDX-License-Identifier: BSD-3-Clause */
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.util.Collection;
import java.util.List;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

final class Signatures {
    static String scheme(PrivateKey key, String how, String digest) {
        String hash = digest.toUpperCase();
        return how.equals("ed25519") ? "Ed25519"
             : !key.getAlgorithm().equals("RSA") ? hash + "WITHECDSA"
             : how.equals("pss") ? hash + "WITHRSAANDMGF1" : hash + "WITHRSA";
    }

    /** signingCertificateV2, RFC 5035. */
    static CMSAttributeTableGenerator withCertificate(String path) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Bouncy.cert(path).getEncoded());
        Attribute attribute = new Attribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2,
            new DERSet(new SigningCertificateV2(new ESSCertIDv2(hash))));
        return new DefaultSignedAttributeTableGenerator(new AttributeTable(attribute));
    }

    static byte[] signed(String[] w) throws Exception {
        String how = w[2], digest = w[3], form = w[4];
        CMSSignedDataGenerator out = new CMSSignedDataGenerator();
        JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(
            new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
        builder.setDirectSignature(form.equals("no-attributes"));
        for (int i = 5; i < w.length; i += 2) {
            PrivateKey key = Bouncy.key(w[i + 1]);
            if (form.equals("cades")) {
                builder.setSignedAttributeGenerator(withCertificate(w[i]));
            }
            ContentSigner signer = new JcaContentSignerBuilder(scheme(key, how, digest))
                .setProvider("BC").build(key);
            out.addSignerInfoGenerator(form.equals("key-id")
                ? builder.build(signer, Bouncy.keyId(w[i])) : builder.build(signer, Bouncy.cert(w[i])));
            out.addCertificates(new JcaCertStore(List.of(Bouncy.cert(w[i]))));
        }
        boolean inside = form.equals("opaque") || form.equals("ber");
        return Bouncy.encoded(out.generate(new CMSProcessableByteArray(Bouncy.octets(w[1])), inside)
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
                .verify(Bouncy.cert(ca).getPublicKey());
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
