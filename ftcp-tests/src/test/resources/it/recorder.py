"""An echo service that appends what each connection sends to DIRECTORY/NAME, where NAME is the connection's first line; a later
connection of the same name begins anew. usage: recorder.py PORT DIRECTORY"""

import os
import re
import socketserver
import sys


class Recorder(socketserver.BaseRequestHandler):
    def handle(self):
        given = b""
        record = None
        while data := self.request.recv(65536):
            given += data
            if record is None and b"\n" in given:
                name = given.split(b"\n", 1)[0].decode()
                if not re.fullmatch(r"[\w.-]+", name):
                    return
                record = open(os.path.join(sys.argv[2], name), "wb", buffering=0)
                data = given
            if record:
                record.write(data)
                self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


Server(("0.0.0.0", int(sys.argv[1])), Recorder).serve_forever()
