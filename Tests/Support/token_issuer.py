"""An issuer of signed tokens, good ones and others: its keys by HTTP, its tokens on request.

Usage: token_issuer.py

Prints one line of JSON: `port` and the shared `secret`. Ends when its standard input does. Signatures
are made by the Python package cryptography.

    GET  /jwks.json      the public keys as a JSON Web Key Set, with some that are for other uses
    GET  /rsa.pem        the RSA key, GET /ec.pem the one on P-256
    GET  /fetches        how often the set was asked for
    POST /rotate         makes other keys; answers with their names
    POST /status         {"status": 503}: how later questions for the set are answered
    POST /sign           {"algorithm", "key", "header", "claims"}: a token

`key` says what signs: `rsa`, `ec`, `secret`, `weak` (RSA of 1024 bits), `stranger` (another RSA key),
`rsa-pem` (the public key's text as a shared secret) or `nothing`. The header says `algorithm`,
whatever signs; members of `header` come on top, null takes one away.
"""

import base64
import hashlib
import hmac
import http.server
import json
import sys
import threading

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
except ModuleNotFoundError as missing:
    sys.exit(f"the Python module {missing.name} is missing: install "
             "scripts/requirements-test.txt for REPORTD_TEST_PYTHON (`make test` does)")

SECRET = "what only the issuer and reportd know of"
state = {"generation": 0, "fetches": 0, "status": 200}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length=None):
    return encoded(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def rotate():
    state["generation"] += 1
    state["rsa"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    state["ec"] = ec.generate_private_key(ec.SECP256R1())
    return names()


def names():
    return {kind: f"{kind}-{state['generation']}" for kind in ("rsa", "ec")}


def pem(kind):
    return state[kind].public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_set():
    numbers = state["rsa"].public_key().public_numbers()
    point = state["ec"].public_key().public_numbers()
    modulus, exponent = number(numbers.n), number(numbers.e)
    return {"keys": [
        {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "for-secrets", "n": modulus,
         "e": exponent},
        {"kty": "oct", "kid": "shared", "k": encoded(SECRET.encode())},
        {"kty": "OKP", "crv": "Ed25519", "kid": "other", "x": encoded(bytes(32))},
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": names()["rsa"], "n": modulus,
         "e": exponent},
        {"kty": "EC", "crv": "P-256", "kid": names()["ec"], "x": number(point.x, 32),
         "y": number(point.y, 32)},
    ]}


weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signature(key, data):
    if key == "nothing":
        return b""
    if key == "secret":
        return hmac.new(SECRET.encode(), data, hashlib.sha256).digest()
    if key == "rsa-pem":
        return hmac.new(pem("rsa"), data, hashlib.sha256).digest()
    if key == "ec":
        r, s = utils.decode_dss_signature(state["ec"].sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    signer = {"rsa": state["rsa"], "weak": weak, "stranger": stranger}[key]
    return signer.sign(data, padding.PKCS1v15(), hashes.SHA256())


def token(wish):
    header = {"typ": "JWT", "alg": wish["algorithm"]} | wish.get("header", {})
    header = {name: value for name, value in header.items() if value is not None}
    parts = [json.dumps(part).encode() for part in (header, wish["claims"])]
    signed = ".".join(map(encoded, parts)).encode()
    return signed.decode() + "." + encoded(signature(wish["key"], signed))


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body, status=200):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/jwks.json":
            state["fetches"] += 1
            self.answer(key_set(), state["status"])
        elif self.path == "/fetches":
            self.answer(str(state["fetches"]).encode())
        else:
            self.answer(pem(self.path[1:].removesuffix(".pem")))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        wish = json.loads(body or b"{}")
        if self.path == "/rotate":
            self.answer(rotate())
        elif self.path == "/status":
            state["status"] = wish["status"]
            self.answer({})
        else:
            self.answer(token(wish).encode())

    def log_message(self, *words):
        pass


rotate()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port, "secret": SECRET}), flush=True)
sys.stdin.read()
