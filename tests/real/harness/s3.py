"""As little of S3 as the checks need, signed with AWS' version 4: `aws s3api put-object` and the like."""

import datetime
import hashlib
import hmac
import http.client

from harness.rendering import Broken


def request(store, method, path, access_key, secret_key, body=b"", region="us-east-1"):
    """(status, body) of one request for `/bucket/key`."""
    host = f"127.0.0.1:{store.port}"
    now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    signed = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(signed)
    canonical = "\n".join([
        method, path, "", *(f"{key}:{value}" for key, value in signed.items()), "", names, digest,
    ])
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    signature = _hmac(key, text).hex()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request(method, path, body, signed)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def put(store, path, access_key, secret_key, body=b""):
    """An object; a key that ends in a slash is a directory to S3A."""
    status, words = request(store, "PUT", path, access_key, secret_key, body)
    if status != 200:
        raise Broken(f"PUT {path}: {status} {words.decode(errors='replace')}")


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
