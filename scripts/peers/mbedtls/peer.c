/*
 * Mbed TLS 2.28 as a server in some configurations, and as the client that finds out suite by suite what a server accepts.
 *   server CONFIGURATION RSA-CHAIN RSA-KEY ECDSA-CHAIN ECDSA-KEY: listens on 127.0.0.1 and says `LISTENING PORT`
 *   client PORT: a line `VERSION SUITE` for each handshake that came to its end; any certificate is taken
 * One connection at a time. PSK suites are on, but no secret is set.
 */
#include <arpa/inet.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_x509_crt chains[2];
static mbedtls_pk_context keys[2];

static void must(int result, const char *what) {
  if (result == 0) return;
  fprintf(stderr, "%s: -0x%04x\n", what, -result);
  exit(1);
}

static void defaults(mbedtls_ssl_config *config, int side) {
  mbedtls_ssl_config_init(config);
  must(mbedtls_ssl_config_defaults(config, side, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT), "defaults");
  mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &drbg);
  mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_read_timeout(config, 10000);
}

static void versions(mbedtls_ssl_config *config, int min, int max) {
  mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, min);
  mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, max);
}

static int handshake(mbedtls_ssl_context *ssl, mbedtls_net_context *net) {
  int result;
  mbedtls_ssl_set_bio(ssl, net, mbedtls_net_send, NULL, mbedtls_net_recv_timeout);
  do result = mbedtls_ssl_handshake(ssl);
  while (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
  return result;
}

static int only_mx_test(void *unused, mbedtls_ssl_context *ssl, const unsigned char *name, size_t length) {
  (void)unused, (void)ssl;
  return length == 7 && memcmp(name, "mx.test", 7) == 0 ? 0 : -1;
}

static void configure(mbedtls_ssl_config *config, const char *name, char **files) {
  static const int one[] = {0xc02f, 0}; /* TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
  static const mbedtls_ecp_group_id curve[] = {MBEDTLS_ECP_DP_BP384R1, MBEDTLS_ECP_DP_NONE};
  defaults(config, MBEDTLS_SSL_IS_SERVER);
  for (int i = 0; i < 2; i++) {
    must(mbedtls_x509_crt_parse_file(&chains[i], files[2 * i]), files[2 * i]);
    must(mbedtls_pk_parse_keyfile(&keys[i], files[2 * i + 1], NULL), files[2 * i + 1]);
    if (i == 0 || strcmp(name, "odd") != 0) must(mbedtls_ssl_conf_own_cert(config, &chains[i], &keys[i]), "own cert");
  }
  if (strcmp(name, "modern") == 0) versions(config, MBEDTLS_SSL_MINOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  if (strcmp(name, "old") == 0) {
    versions(config, MBEDTLS_SSL_MINOR_VERSION_1, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ciphersuites(config, mbedtls_ssl_list_ciphersuites());
  }
  if (strcmp(name, "named") == 0) mbedtls_ssl_conf_sni(config, only_mx_test, NULL);
  if (strcmp(name, "odd") == 0) {
    versions(config, MBEDTLS_SSL_MINOR_VERSION_2, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ciphersuites(config, one);
    mbedtls_ssl_conf_curves(config, curve);
  }
}

static void serve(const mbedtls_ssl_config *config, mbedtls_net_context *client) {
  unsigned char bytes[4096];
  mbedtls_ssl_context ssl;
  mbedtls_ssl_init(&ssl);
  must(mbedtls_ssl_setup(&ssl, config), "setup");
  if (handshake(&ssl, client) == 0)
    while (mbedtls_ssl_read(&ssl, bytes, sizeof bytes) > 0) continue;
  mbedtls_ssl_close_notify(&ssl);
  mbedtls_ssl_free(&ssl);
  mbedtls_net_free(client);
}

static void listen_for(const mbedtls_ssl_config *config) {
  mbedtls_net_context listener, client;
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  mbedtls_net_init(&listener);
  must(mbedtls_net_bind(&listener, "127.0.0.1", "0", MBEDTLS_NET_PROTO_TCP), "bind");
  getsockname(listener.fd, (struct sockaddr *)&address, &length);
  printf("LISTENING %d\n", ntohs(address.sin_port));
  fflush(stdout);
  while (mbedtls_net_accept(&listener, &client, NULL, 0, NULL) == 0) serve(config, &client);
}

static void ask(const char *port, int minor, int suite) {
  const int suites[] = {suite, 0};
  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;
  mbedtls_net_context net;
  defaults(&config, MBEDTLS_SSL_IS_CLIENT);
  versions(&config, minor, minor);
  mbedtls_ssl_conf_ciphersuites(&config, suites);
  mbedtls_ssl_init(&ssl);
  must(mbedtls_ssl_setup(&ssl, &config), "setup");
  must(mbedtls_net_connect(&net, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP), "connect");
  if (handshake(&ssl, &net) == 0) printf("0x03%02x 0x%04x\n", minor, suite);
  mbedtls_net_free(&net);
  mbedtls_ssl_free(&ssl);
  mbedtls_ssl_config_free(&config);
}

int main(int count, char **words) {
  mbedtls_ssl_config config;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&drbg);
  must(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
  if (count == 7) {
    configure(&config, words[2], words + 3);
    listen_for(&config);
  }
  for (int minor = MBEDTLS_SSL_MINOR_VERSION_1; count == 3 && minor <= MBEDTLS_SSL_MINOR_VERSION_3; minor++)
    for (const int *suite = mbedtls_ssl_list_ciphersuites(); *suite; suite++) ask(words[2], minor, *suite);
  return count == 3 ? 0 : 1;
}
