"""A storage that speaks the S3 protocol and checks signatures: moto, with faults on demand.

Usage: s3_server.py

Prints one line of JSON: `port`, the `bucket`, and the keys of a user who may use it. Ends when its
standard input does. moto checks who signs and whether the signature is right; three things that S3
does and moto does not are done here: a body has to be what was signed (XAmzContentSHA256Mismatch)
and what its MD5 says (BadDigest), and a clock may differ by 15 minutes (RequestTimeTooSkewed).

`POST /faults` sets what happens to later requests, as JSON:

    "cut": n          the next n requests are cut off in the middle of their answer
    "status": [s, …]  the next requests are answered with these
    "skew": seconds   how far the server's clock is ahead
    "spoil": n        the next n bodies of answers have a wrong byte
    "matching": text  only requests whose line contains it are struck

`GET /requests` answers with the lines of all requests so far, `GET /uploads` with the uploads in
parts that are not complete.
"""

import base64
import datetime
import email.utils
import hashlib
import io
import json
import os
import socket
import sys
import threading

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "inf"
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

try:
    import boto3
    from moto import settings
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from moto.core.authorization import ActionAuthenticatorMixin
    from moto.iam.access_control import IAMRequestBase
    from werkzeug.serving import WSGIRequestHandler, make_server
except ModuleNotFoundError as missing:
    sys.exit(f"the Python module {missing.name} is missing: install "
             "scripts/requirements-test.txt for REPORTD_TEST_PYTHON (`make test` does)")

BUCKET = "reports"
faults, requests, lock = {}, [], threading.Lock()
checking = threading.Event()  # set once the user and the bucket are there
raw = threading.local()  # the address of the request as it came


def strike(name, line):
    """Whether a fault that is counted strikes this request."""
    with lock:
        if faults.get("matching", "") not in line:
            return None
        left = faults.get(name)
        if isinstance(left, list):
            return left.pop(0) if left else None
        if left:
            faults[name] = left - 1
            return True
    return None


def refusal(code, message):
    return (f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message>"
            "</Error>").encode()


class Storage:
    """moto's application with what it does not do itself."""

    def __init__(self):
        self.inner = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        query = environ.get("QUERY_STRING", "")
        line = f"{method} {path}" + (f"?{query}" if query else "")
        now = (datetime.datetime.now(datetime.timezone.utc)
               + datetime.timedelta(seconds=faults.get("skew", 0)))

        def answer(status, body, kind="application/xml"):
            start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [body]

        if path == "/faults":
            size = int(environ.get("CONTENT_LENGTH") or 0)
            with lock:
                faults.clear()
                faults.update(json.loads(environ["wsgi.input"].read(size)))
            return answer("200 OK", b"{}", "application/json")
        if path == "/requests":
            return answer("200 OK", json.dumps(requests).encode(), "application/json")
        if path == "/uploads":
            return answer("200 OK", json.dumps(uploads()).encode(), "application/json")
        if not checking.is_set():
            return self.inner(environ, start)
        requests.append(line)
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else b""
        environ["wsgi.input"] = io.BytesIO(body)
        status = strike("status", line)
        if status:
            code = {503: "SlowDown", 500: "InternalError"}.get(status, "Fault")
            return answer(f"{status} Fault", refusal(code, "as the test wants it"))
        if strike("cut", line):
            environ["reportd.cut"].shutdown(socket.SHUT_RDWR)
            return answer("200 OK", b"")
        moment = environ.get("HTTP_X_AMZ_DATE", "")
        if moment:
            signed = datetime.datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(
                tzinfo=datetime.timezone.utc)
            if abs((signed - now).total_seconds()) > 900:
                return answer("403 Forbidden", refusal(
                    "RequestTimeTooSkewed", "The difference between the clocks is too large"))
        if environ.get("HTTP_X_AMZ_CONTENT_SHA256") != hashlib.sha256(body).hexdigest():
            return answer("400 Bad Request", refusal("XAmzContentSHA256Mismatch", "not as signed"))
        digest = environ.get("HTTP_CONTENT_MD5")
        if digest and digest != base64.b64encode(hashlib.md5(body).digest()).decode():
            return answer("400 Bad Request", refusal("BadDigest", "not as announced"))

        raw.path = environ.get("REQUEST_URI") or environ["RAW_URI"]
        result = self.inner(environ, start)
        if method == "GET" and strike("spoil", line):
            whole = bytearray(b"".join(result))
            whole[len(whole) // 2] ^= 1
            return [bytes(whole)]
        return result


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def make_environ(self):
        environ = super().make_environ()
        environ["reportd.cut"] = self.connection
        return environ

    def date_time_string(self, timestamp=None):
        now = datetime.datetime.now(datetime.timezone.utc)
        skewed = now + datetime.timedelta(seconds=faults.get("skew", 0))
        return email.utils.format_datetime(skewed, usegmt=True)

    def log(self, *arguments):
        pass


# moto decodes an address before it looks at its signature; S3 takes it as it came.
taken = IAMRequestBase.__init__


def take(self, *arguments, **named):
    taken(self, *arguments, **named)
    self._path = raw.path


IAMRequestBase.__init__ = take


def uploads():
    from moto.s3.models import s3_backends
    return [upload.key_name for account in s3_backends.values() for backend in account.values()
            for bucket in backend.buckets.values() for upload in bucket.multiparts.values()]


def main():
    server = make_server("127.0.0.1", 0, Storage(), threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    common = dict(endpoint_url=address, region_name="eu-central-1",
                  aws_access_key_id="setup", aws_secret_access_key="setup")
    iam = boto3.client("iam", **common)
    iam.create_user(UserName="reportd")
    iam.put_user_policy(UserName="reportd", PolicyName="bucket", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*",
             "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}]}))
    key = iam.create_access_key(UserName="reportd")["AccessKey"]
    boto3.client("s3", **common).create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    # From here on every request is looked at.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0
    ActionAuthenticatorMixin.request_count = 0
    checking.set()
    print(json.dumps({"port": server.server_port, "bucket": BUCKET, "region": "eu-central-1",
                      "key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}), flush=True)
    sys.stdin.read()


main()
