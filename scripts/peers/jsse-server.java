/*
 * A TLS server on Java's own stack (JSSE), with everything that it can still be made to do: nothing is disabled, all
 * suites are on. What it accepts it first finds out by itself, with JSSE's client, both in memory and once a version
 * and suite; a line each, `VERSION SUITE CERTIFICATE-SHA256…`. Then it listens on 127.0.0.1 and says `LISTENING PORT`.
 * Inside TLS it is an IMAP server without mail. Arguments: PKCS #12 files with the password "census".
 * -Dcensus.providers=CLASS,… puts other stacks behind Java's interface, the last of them that for TLS; -Dcensus.modern=true leaves
 * off what is off by default; -Dcensus.versions, -Dcensus.suites leave nothing but these (by commas); -Dcensus.name=PATTERN refuses
 * other names.
 */
import java.io.*;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.*;
import javax.net.ssl.*;

class JsseServer {
    static final char[] PASSWORD = "census".toCharArray();
    static final String[] VERSIONS = {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    static final boolean IS_MODERN = Boolean.getBoolean("census.modern");
    static Provider stack;

    public static void main(String[] files) throws Exception {
        java.util.logging.LogManager.getLogManager().reset();
        for (String kind : new String[] {"tls.disabledAlgorithms", "tls.legacyAlgorithms", "certpath.disabledAlgorithms"}) {
            if (!IS_MODERN) Security.setProperty("jdk." + kind, "");
        }
        for (String name : chosen("census.providers", "")) {
            stack = (Provider) Class.forName(name).getConstructor().newInstance();
            Security.addProvider(stack);
        }
        SSLContext context = context(files);
        for (String version : VERSIONS) {
            for (String suite : suites(context)) {
                String certificates = handshake(context, version, suite);
                if (certificates != null) System.out.println(version + " " + suite + certificates);
            }
        }
        listen(context);
    }

    /** All keys in one store; any certificate is trusted, since the client is ours. */
    static SSLContext context(String[] files) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        for (String file : files) {
            KeyStore one = KeyStore.getInstance(new File(file), PASSWORD);
            for (String alias : Collections.list(one.aliases())) {
                keys.setKeyEntry(file, one.getKey(alias, PASSWORD), PASSWORD, one.getCertificateChain(alias));
            }
        }
        KeyManagerFactory managers =
            stack == null ? KeyManagerFactory.getInstance("SunX509") : KeyManagerFactory.getInstance("PKIX", stack);
        managers.init(keys, PASSWORD);
        SSLContext context = stack == null ? SSLContext.getInstance("TLS") : SSLContext.getInstance("TLS", stack);
        context.init(managers.getKeyManagers(), new TrustManager[] {new TrustAll()}, null);
        return context;
    }

    /** What stands in the property, by commas, where it is set. */
    static String[] chosen(String property, String otherwise) {
        String text = System.getProperty(property, otherwise);
        return text.isEmpty() ? new String[0] : text.split(",");
    }

    /** What the server has on. */
    static SSLParameters parameters(SSLContext context) {
        SSLParameters defaults = context.getDefaultSSLParameters();
        String versions = String.join(",", IS_MODERN ? defaults.getProtocols() : VERSIONS);
        String suites = String.join(",", IS_MODERN ? defaults.getCipherSuites() : suites(context));
        SSLParameters own = new SSLParameters(chosen("census.suites", suites), chosen("census.versions", versions));
        String name = System.getProperty("census.name");
        if (name != null) own.setSNIMatchers(List.of(SNIHostName.createSNIMatcher(name)));
        return own;
    }

    /** A suite that only signals is none (RFC 5746, 3.3). */
    static String[] suites(SSLContext context) {
        String[] all = context.getSupportedSSLParameters().getCipherSuites();
        return Arrays.stream(all).filter(suite -> !suite.endsWith("_SCSV")).toArray(String[]::new);
    }

    /** The server's certificates where it goes through, null where it does not. */
    static String handshake(SSLContext context, String version, String suite) throws Exception {
        SSLEngine client = context.createSSLEngine();
        client.setUseClientMode(true);
        client.setSSLParameters(new SSLParameters(new String[] {suite}, new String[] {version}));
        try {
            converse(client, server(context.createSSLEngine(), context));
        } catch (SSLException | IllegalStateException refused) {
            return null;
        }
        SSLSession session = client.getSession();
        if (!session.getProtocol().equals(version) || !session.getCipherSuite().equals(suite)) return null;
        return session.getCipherSuite().contains("_anon_") ? "" : fingerprints(session.getPeerCertificates());
    }

    static SSLEngine server(SSLEngine engine, SSLContext context) {
        engine.setSSLParameters(parameters(context));
        engine.setUseClientMode(false);
        return engine;
    }

    /** Until both are done with the handshake, or a few rounds bring nothing more. */
    static void converse(SSLEngine client, SSLEngine server) throws SSLException {
        ByteBuffer toServer = ByteBuffer.allocate(1 << 17), toClient = ByteBuffer.allocate(1 << 17);
        for (int round = 0; round < 50 && !(isDone(client) && isDone(server)); round++) {
            step(client, toClient, toServer);
            step(server, toServer, toClient);
        }
        if (!isDone(client) || !isDone(server)) throw new SSLException("no end");
    }

    static boolean isDone(SSLEngine engine) {
        boolean idle = engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING;
        return idle && !engine.getSession().getCipherSuite().equals("SSL_NULL_WITH_NULL_NULL");
    }

    static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        ByteBuffer nothing = ByteBuffer.allocate(0), text = ByteBuffer.allocate(1 << 16);
        engine.wrap(nothing, out);
        runTasks(engine);
        in.flip();
        while (in.hasRemaining() && engine.unwrap(in, text).bytesConsumed() > 0) runTasks(engine);
        in.compact();
    }

    static void runTasks(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) task.run();
    }

    static String fingerprints(Certificate[] chain) throws Exception {
        StringBuilder text = new StringBuilder();
        for (Certificate certificate : chain) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            text.append(' ').append(HexFormat.of().formatHex(digest));
        }
        return text.toString();
    }

    static void listen(SSLContext context) throws Exception {
        SSLServerSocketFactory factory = context.getServerSocketFactory();
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        SSLServerSocket listener = (SSLServerSocket) factory.createServerSocket(0, 100, loopback);
        listener.setSSLParameters(parameters(context));
        System.out.println("LISTENING " + listener.getLocalPort());
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            new Thread(() -> serve(socket)).start();
        }
    }

    static void serve(SSLSocket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            say(socket, "* OK census peer ready");
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] words = line.split(" ");
                boolean over = words.length > 1 && words[1].equalsIgnoreCase("LOGOUT");
                say(socket, over ? "* BYE" : "* CAPABILITY IMAP4rev1 LOGINDISABLED");
                say(socket, words[0] + " OK");
                if (over) return;
            }
        } catch (IOException refused) {
            // A scan goes away in the middle of handshakes.
        }
    }

    static void say(SSLSocket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    static class TrustAll extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) {}
        public void checkServerTrusted(X509Certificate[] chain, String type) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
        public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }
}
