/*
 * wolfSSL 5 as a server in some configurations, and as the client that finds out suite by suite what a server accepts.
 *   server CONFIGURATION RSA-CHAIN RSA-KEY ECDSA-CHAIN ECDSA-KEY: listens on 127.0.0.1 and says `LISTENING PORT`
 *   client PORT: a line `VERSION SUITE` for each handshake that came to its end; any certificate is taken
 * One connection at a time. A context has one certificate: RSA, but for `modern`, which has the ECDSA one.
 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static int loopback(int port, int listening) {
  struct timeval limit = {10, 0};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int handle = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listening) {
    must(bind(handle, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(handle, 100) == 0, "listen");
  } else {
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    must(connect(handle, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  }
  return handle;
}

static WOLFSSL_CTX *configuration(const char *name, char **files) {
  int is_modern = strcmp(name, "modern") == 0, is_old = strcmp(name, "old") == 0;
  WOLFSSL_CTX *context = wolfSSL_CTX_new(is_modern || is_old ? wolfSSLv23_server_method() : wolfTLSv1_2_server_method());
  char **pair = is_modern ? files + 2 : files;
  static char all[8192];
  must(context != NULL, "context");
  if (is_old) {
    must(wolfSSL_CTX_SetMinVersion(context, WOLFSSL_TLSV1_1) == WOLFSSL_SUCCESS, "version");
    must(wolfSSL_get_ciphers(all, sizeof all) == WOLFSSL_SUCCESS, "ciphers");
    must(wolfSSL_CTX_set_cipher_list(context, all) == WOLFSSL_SUCCESS, "all ciphers");
    wolfSSL_CTX_allow_anon_cipher(context);
  } else if (is_modern) {
    must(wolfSSL_CTX_SetMinVersion(context, WOLFSSL_TLSV1_2) == WOLFSSL_SUCCESS, "version");
  } else {
    must(wolfSSL_CTX_set_cipher_list(context, "ECDHE-RSA-AES128-GCM-SHA256") == WOLFSSL_SUCCESS, "cipher");
  }
  if (strcmp(name, "named") == 0) wolfSSL_CTX_UseSNI(context, WOLFSSL_SNI_HOST_NAME, "mx.test", 7);
  must(wolfSSL_CTX_use_certificate_chain_file(context, pair[0]) == WOLFSSL_SUCCESS, pair[0]);
  must(wolfSSL_CTX_use_PrivateKey_file(context, pair[1], WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS, pair[1]);
  return context;
}

static void listen_for(WOLFSSL_CTX *context) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  char bytes[4096];
  int listener = loopback(0, 1);
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("LISTENING %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int client = accept(listener, NULL, NULL);
    WOLFSSL *ssl = wolfSSL_new(context);
    wolfSSL_set_fd(ssl, client);
    if (wolfSSL_accept(ssl) == WOLFSSL_SUCCESS)
      while (wolfSSL_read(ssl, bytes, sizeof bytes) > 0) continue;
    wolfSSL_shutdown(ssl);
    wolfSSL_free(ssl);
    close(client);
  }
}

static void ask(int port, int version, WOLFSSL_METHOD *method, const char *name) {
  unsigned char first, second;
  int flags, handle;
  WOLFSSL_CTX *context = wolfSSL_CTX_new(method);
  if (context == NULL) return; /* not built in */
  wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_NONE, NULL);
  wolfSSL_CTX_allow_anon_cipher(context);
  if (wolfSSL_CTX_SetMinVersion(context, version - 0x0301 + WOLFSSL_TLSV1) == WOLFSSL_SUCCESS &&
      wolfSSL_CTX_set_cipher_list(context, name) == WOLFSSL_SUCCESS) {
    WOLFSSL *ssl = wolfSSL_new(context);
    wolfSSL_set_fd(ssl, handle = loopback(port, 0));
    if (wolfSSL_connect(ssl) == WOLFSSL_SUCCESS &&
        wolfSSL_get_cipher_suite_from_name(name, &first, &second, &flags) == 0)
      printf("0x%04x 0x%02x%02x\n", version, first, second);
    wolfSSL_free(ssl);
    close(handle);
  }
  wolfSSL_CTX_free(context);
}

int main(int count, char **words) {
  static char all[8192];
  wolfSSL_Init();
  if (count == 7) listen_for(configuration(words[2], words + 3));
  must(count == 3 && wolfSSL_get_ciphers(all, sizeof all) == WOLFSSL_SUCCESS, "client PORT");
  for (char *name = strtok(all, ":"); name; name = strtok(NULL, ":")) {
    int port = atoi(words[2]);
    ask(port, 0x0302, wolfTLSv1_1_client_method(), name);
    ask(port, 0x0303, wolfTLSv1_2_client_method(), name);
    ask(port, 0x0304, wolfTLSv1_3_client_method(), name);
  }
  return 0;
}
