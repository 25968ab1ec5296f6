"""An HTTP service whose process exits with a failure half-way through the first /fail that it is asked for, as one does whose code has thrown.

usage: failing.py PORT STATUS MARK: exits with STATUS, once: the file MARK tells that it has. Every instance answers alike.
"""

import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler

BODY = b"".join(b"%07d\n" % i for i in range(1 << 17))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if self.path == "/fail" and not os.path.exists(sys.argv[3]):
            self.wfile.write(BODY[: len(BODY) // 2])
            open(sys.argv[3], "w").close()
            os._exit(int(sys.argv[2]))
        self.wfile.write(BODY)

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
