import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.xml.crypto.AlgorithmMethod;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.KeySelectorException;
import javax.xml.crypto.KeySelectorResult;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.XMLStructure;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.X509Data;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * The JDK's own XML signatures, with secure validation, as a partner would use them. It knows nothing of payments.
 *
 * <pre>
 * java Xmldsig.java verify ROOT.pem ISSUING.pem FILE...     one line a file: "ok FILE" or "bad FILE reason"
 * java Xmldsig.java sign KEY.pem CERT.pem IN OUT            signs a document as the profile asks for
 * </pre>
 */
public final class Xmldsig {
    private static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("sign")) {
            sign(arguments[1], arguments[2], arguments[3], arguments[4]);
            return;
        }
        X509Certificate root = certificate(arguments[1]);
        X509Certificate issuing = certificate(arguments[2]);
        for (String file : List.of(arguments).subList(3, arguments.length)) {
            String fault;
            try {
                fault = verify(file, root, issuing);
            } catch (Exception error) {
                fault = error.toString().replace('\n', ' ');
            }
            System.out.println(fault == null ? "ok " + file : "bad " + file + " " + fault);
        }
    }

    private static String verify(String file, X509Certificate root, X509Certificate issuing) throws Exception {
        Document document = parse(file);
        NodeList signatures = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        if (signatures.getLength() != 1) {
            return signatures.getLength() + " signatures";
        }
        DOMValidateContext context = new DOMValidateContext(new ByCertificate(root, issuing), signatures.item(0));
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
        XMLSignature signature = FACTORY.unmarshalXMLSignature(context);
        if (signature.validate(context)) {
            return null;
        }
        return signature.getSignatureValue().validate(context) ? "altered" : "signature value";
    }

    /** Takes the certificate in the document if it leads to the root; PKIX checks the path. */
    private static final class ByCertificate extends KeySelector {
        private final X509Certificate root;
        private final X509Certificate issuing;

        ByCertificate(X509Certificate root, X509Certificate issuing) {
            this.root = root;
            this.issuing = issuing;
        }

        @Override
        public KeySelectorResult select(KeyInfo info, Purpose purpose, AlgorithmMethod method, XMLCryptoContext context)
                throws KeySelectorException {
            for (XMLStructure part : info.getContent()) {
                if (part instanceof X509Data data && data.getContent().get(0) instanceof X509Certificate party) {
                    try {
                        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
                        parameters.setRevocationEnabled(false);
                        CertificateFactory factory = CertificateFactory.getInstance("X.509");
                        CertPathValidator.getInstance("PKIX")
                                .validate(factory.generateCertPath(List.of(party, issuing)), parameters);
                    } catch (Exception error) {
                        throw new KeySelectorException(error);
                    }
                    Key key = party.getPublicKey();
                    return () -> key;
                }
            }
            throw new KeySelectorException("no certificate");
        }
    }

    private static void sign(String key, String certificate, String in, String out) throws Exception {
        Document document = parse(in);
        Transform enveloped = FACTORY.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null);
        Transform exclusive = FACTORY.newTransform(CanonicalizationMethod.EXCLUSIVE, (TransformParameterSpec) null);
        DigestMethod digest = FACTORY.newDigestMethod(DigestMethod.SHA256, null);
        Reference reference = FACTORY.newReference("", digest, List.of(enveloped, exclusive), null, null);
        SignedInfo info = FACTORY.newSignedInfo(
                FACTORY.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
                FACTORY.newSignatureMethod("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", null),
                List.of(reference));
        var keys = FACTORY.getKeyInfoFactory();
        KeyInfo keyInfo = keys.newKeyInfo(List.of(keys.newX509Data(List.of(certificate(certificate)))));
        Node root = document.getDocumentElement();
        FACTORY.newXMLSignature(info, keyInfo).sign(new DOMSignContext(privateKey(key), root));
        Transformer transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
        try (FileOutputStream stream = new FileOutputStream(out)) {
            transformer.transform(new DOMSource(document), new StreamResult(stream));
        }
    }

    private static Document parse(String file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        DocumentBuilder builder = factory.newDocumentBuilder();
        return builder.parse(new File(file));
    }

    private static X509Certificate certificate(String file) throws Exception {
        try (FileInputStream stream = new FileInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }

    private static PrivateKey privateKey(String file) throws Exception {
        String pem = Files.readString(Path.of(file)).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    }
}
