"""A real SMTP server for tests, which keeps what it receives and refuses what it is told to.

Usage: smtp_server.py FOLDER {plain|starttls|tls} [USER PASSWORD]

Prints one line of JSON, {"port": …, "authorities": …}, when it accepts connections, and ends when
its standard input does, taking FOLDER with it. Each message becomes N.eml (as received, dots
unstuffed) and N.json (envelope, connection) in FOLDER.

How a recipient is treated is written in its address, before the first dot:
  rcpt-451-2      RCPT is answered 451 the first two times, then accepted
  alone           RCPT is answered 421, except on the connection that is open longest
  gone            RCPT is answered 550 5.1.1: there is no such mailbox
  data-554        the message is answered 554, and not kept
  drop-rcpt       the connection is cut instead of an answer to RCPT
  drop-body       the connection is cut in the middle of the message
  drop-answer     the message is kept, and the connection is cut instead of the answer
  silent          the message is kept, and no answer ever comes
  close           the message is kept and accepted, and the connection is closed a moment later
  anything else   the message is kept and accepted
"""

import asyncio
import json
import logging
import pathlib
import shutil
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult, syntax

folder = pathlib.Path(sys.argv[1])
security = sys.argv[2]
account = tuple(word.encode() for word in sys.argv[3:5])
asked = {}
connections = []
count = 0


def treatment(address):
    return address.split("@")[0].split(".")[0].split("-")


class Keeper:
    async def handle_RCPT(self, server, session, envelope, address, options):
        kind, *rest = treatment(address)
        if kind == "rcpt":
            asked[address] = asked.get(address, 0) + 1
            if len(rest) < 2 or asked[address] <= int(rest[1]):
                return f"{rest[0]} 4.7.1 not now, says the test"
        if kind == "alone" and connections[0] is not server:
            return "421 4.7.0 one connection at a time, says the test"
        if kind == "gone":
            return "550 5.1.1 nobody of that name, says the test"
        if [kind, *rest] == ["drop", "rcpt"]:
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        kind, *rest = treatment(envelope.rcpt_tos[0])
        if kind == "data":
            return f"{rest[0]} 5.6.0 not this, says the test"
        count += 1
        (folder / f"{count}.eml").write_bytes(envelope.original_content)
        record = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "greeting": session.host_name,
            "connection": session.peer[1],
            "encrypted": session.ssl is not None or security == "tls",
            "user": session.auth_data.login.decode() if session.auth_data else None,
        }
        partial = folder / f"{count}.part"
        partial.write_text(json.dumps(record))
        partial.rename(folder / f"{count}.json")
        if [kind, *rest] == ["drop", "answer"]:
            server.transport.abort()
        if kind == "silent":
            await asyncio.Event().wait()
        if kind == "close":
            asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 kept"


class Server(SMTP):
    def connection_made(self, transport):
        super().connection_made(transport)
        if self not in connections:
            connections.append(self)

    def connection_lost(self, error):
        connections.remove(self)
        super().connection_lost(error)

    @syntax("DATA")
    async def smtp_DATA(self, argument):
        if treatment((self.envelope.rcpt_tos or ["-"])[0]) == ["drop", "body"]:
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(argument)


def authenticate(server, session, envelope, mechanism, data):
    success = (data.login, data.password) == account
    return AuthResult(success=success, handled=False, auth_data=data)


def context():
    certificate, key = folder / "authority.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


async def main():
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    tls = None if security == "plain" else context()
    settings = {"hostname": "localhost", "enable_SMTPUTF8": False}
    if security == "starttls":
        settings |= {"tls_context": tls, "require_starttls": True}
    if account:
        settings |= {"authenticator": authenticate, "auth_required": True}
        settings["auth_require_tls"] = security == "starttls"
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    server = await loop.create_server(
        lambda: Server(Keeper(), **settings), "127.0.0.1", 0,
        ssl=tls if security == "tls" else None)
    port = server.sockets[0].getsockname()[1]
    authorities = str(folder / "authority.pem") if tls else None
    print(json.dumps({"port": port, "authorities": authorities}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


try:
    asyncio.run(main())
finally:
    shutil.rmtree(folder, ignore_errors=True)
