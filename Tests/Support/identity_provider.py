"""An OpenID Connect provider: oidc-provider-mock, with PKCE checked and tokens spoilt on demand.

Usage: identity_provider.py

Prints one line of JSON: `port`. Ends when its standard input does. The package does not look at
`code_challenge`; that is done here: a code that was asked for with one is given a token only to who
sends the verifier. `POST /spoil` says what is wrong with the next token, as JSON:

    "claims": {…}     claims that are others; null takes one away
    "signer": "…"     `stranger` signs with another key, `nothing` leaves the signature out
    "status": n       the token is not given at all

`GET /seen` answers with the fields of the questions for a code and for a token so far.
"""

import base64
import hashlib
import json
import os
import sys
import threading
import urllib.parse

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

try:
    import flask
    from authlib import jose
    from oidc_provider_mock._app import AuthorizationCodeGrant, User, app as make_app
    from werkzeug.serving import WSGIRequestHandler, make_server
except ModuleNotFoundError as missing:
    sys.exit(f"the Python module {missing.name} is missing: install "
             "scripts/requirements-test.txt for REPORTD_TEST_PYTHON (`make test` does)")

USERS = (
    User(sub="mette", claims={
        "email": "mette@x.example", "roles": ["boss"], "units": ["RENDETALJE"]}),
    User(sub="viewer", claims={
        "email": "viewer@x.example", "roles": ["guest"], "units": ["FOODTRUCK"]}),
    User(sub="nobody", claims={"email": "nobody@x.example", "roles": ["other"], "units": ["X"]}),
)
seen, challenges, spoil = {"authorize": [], "token": []}, {}, {}
# A client without a secret is allowed too: what protects its codes is the verifier.
AuthorizationCodeGrant.TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "none"]
stranger = jose.RSAKey.generate_key(is_private=True)
app = make_app(require_nonce=True, user_claims=USERS)


@app.before_request
def look():
    request = flask.request
    if request.path == "/oauth2/authorize":
        flask.g.challenge = request.args.get("code_challenge")
        assert request.args.get("code_challenge_method") == "S256"
        seen["authorize"].append(request.args.to_dict())
    elif request.path == "/oauth2/token":
        fields = request.form.to_dict()
        seen["token"].append(fields | {"authorization": request.headers.get("Authorization", "")})
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenges.get(fields.get("code")) != shown:
            return flask.jsonify(error="invalid_grant"), 400
        if "status" in spoil:
            return flask.jsonify(error="temporarily_unavailable"), spoil.pop("status")
    elif request.path == "/spoil":
        spoil.update(request.get_json())
        return ""
    elif request.path == "/seen":
        return flask.jsonify(seen)


@app.after_request
def change(response):
    if flask.request.path == "/oauth2/authorize" and "Location" in response.headers:
        query = urllib.parse.urlparse(response.headers["Location"]).query
        for code in urllib.parse.parse_qs(query).get("code", []):
            challenges[code] = flask.g.challenge
    elif flask.request.path == "/oauth2/token" and spoil and response.status_code == 200:
        body = response.get_json()
        head, payload, signature = body["id_token"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        for name, value in spoil.get("claims", {}).items():
            claims[name] = value
        claims = {name: value for name, value in claims.items() if value is not None}
        header = json.loads(base64.urlsafe_b64decode(head + "=="))
        key = flask.g.oidc_provider_mock_storage.jwk
        signer = stranger if spoil.get("signer") == "stranger" else key
        token = jose.jwt.encode(header, claims, signer.as_dict(is_private=True)).decode()
        if spoil.get("signer") == "nothing":
            token = token.rsplit(".", 1)[0] + "."
        body["id_token"] = token
        response.set_data(json.dumps(body))
        spoil.clear()
    return response


class Quiet(WSGIRequestHandler):
    def log(self, *words):
        pass


server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
sys.stdin.read()
