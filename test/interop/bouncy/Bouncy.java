/* SPDX-License-Identifier: BSD-3-Clause */
/* BouncyCastle's CMS behind one line in, one line out: words between blanks, octets
 * as base64. The answer is "ok OCTETS", or "no WHY". */
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Base64;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

public class Bouncy {
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
            return Envelopes.opened(octets(w[1]), w[2], octets(w[3]));
        case "cek": // DER PEM
            return Envelopes.cek(octets(w[1]), w[2]);
        case "attribute": // DER OID
            return Envelopes.attribute(octets(w[1]), w[2]);
        case "seal": // TEXT HOW CIPHER FORM REFERENCE KEK CERT...
            return Envelopes.sealed(w);
        case "sign": // TEXT HOW DIGEST FORM (CERT PEM)...
            return Signatures.signed(w);
        case "verify": // DER CONTENT CA
            return Signatures.verified(octets(w[1]), w[2].equals("-") ? null : octets(w[2]), w[3]);
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
        return SubjectKeyIdentifier.fromExtensions(
            first(path, X509CertificateHolder.class).getExtensions()).getKeyIdentifier();
    }

    static byte[] encoded(ContentInfo info, String form)
        throws Exception {
        return info.getEncoded(form.equals("ber") ? "BER" : "DER");
    }
}
