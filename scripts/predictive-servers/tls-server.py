"""TLS servers on Python's ssl: `tls-server.py CERT KEY NAME=MIN,MAX,CIPHERS ...`. Says `NAME PORT` of each, then READY."""
import socket
import ssl
import sys
import threading


def attend(connection, context):
    try:
        connection.settimeout(10)
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)
    except OSError:
        connection.close()


def serve(listener, context):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=attend, args=(connection, context), daemon=True).start()


for spec in sys.argv[3:]:
    name, rest = spec.split("=", 1)
    lowest, highest, ciphers = rest.split(",", 2)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ciphers)
    context.minimum_version = ssl.TLSVersion[lowest]
    context.maximum_version = ssl.TLSVersion[highest]
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(name, listener.getsockname()[1], flush=True)
    threading.Thread(target=serve, args=(listener, context), daemon=True).start()
print("READY", flush=True)
threading.Event().wait()
