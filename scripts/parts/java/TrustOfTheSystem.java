import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;

/** Writes the authorities of a PEM file as the store that Java reads by itself: `java TrustOfTheSystem.java ca.pem cacerts`. */
class TrustOfTheSystem {
  public static void main(String[] args) throws Exception {
    // Not PKCS12: without a password, which nobody gives, Java reads no certificates out of one.
    var store = KeyStore.getInstance("JKS");
    store.load(null, null);
    try (var pem = new FileInputStream(args[0])) {
      var number = 0;
      for (var authority : CertificateFactory.getInstance("X.509").generateCertificates(pem))
        store.setCertificateEntry("authority-" + number++, authority);
    }
    try (var written = new FileOutputStream(args[1])) {
      store.store(written, "changeit".toCharArray());
    }
  }
}
