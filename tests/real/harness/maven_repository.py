"""A Maven repository on loopback that has what is in the cache, so that pods can fetch it as rendered."""

import contextlib
import http.server
import shutil
import threading

from harness import artifacts

PUBLIC = "https://repo1.maven.org/maven2"


@contextlib.contextmanager
def serve():
    """Its address."""
    files = {_path(artifact): artifact.file for artifact in artifacts.read()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            file = files.get(self.path)
            if file is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(file.stat().st_size))
            self.end_headers()
            with open(file, "rb") as source:
                shutil.copyfileobj(source, self.wfile)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _path(artifact):
    return f"/{artifact.group.replace('.', '/')}/{artifact.name}/{artifact.version}/{artifact.file.name}"
