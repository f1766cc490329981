"""MSAL for Python against a server: signs in in every way, and prints what came of it as JSON. See msal-python.test.ts, which runs it."""

import html
import json
import re
import sys

import msal
import requests

given = json.load(sys.stdin)
MICROSOFTS = "https://login.microsoftonline.com"
SCOPES = ["https://graph.microsoft.com/.default"]


class Session(requests.Session):
    """Leads Microsoft's name to the server, as an entry in the hosts file or a proxy does."""

    def request(self, method, url, *args, **kwargs):
        if url.startswith(MICROSOFTS):
            url = given["url"] + url[len(MICROSOFTS):]
        kwargs.setdefault("timeout", 30)
        return super().request(method, url, *args, **kwargs)


session = Session()
session.verify = given["certificateFile"]
session.trust_env = False  # neither proxies nor another file of roots


def application(kind, tenant=given["tenantId"], **more):
    return kind(given["clientId"], authority=f"{given['url']}/{tenant}", http_client=session, **more)


def told(answer):
    """What an answer says, without tokens; and what the API says to its token."""
    if "access_token" not in answer:
        return {"error": answer.get("error"), "description": answer.get("error_description")}
    headers = {"authorization": "Bearer " + answer["access_token"]}
    status = session.get(given["url"] + "/beta/deviceManagement/hardwareConfigurations", headers=headers).status_code
    return {"status": status, "user": answer.get("id_token_claims", {}).get("preferred_username")}


def press(url, user):
    """Presses the button of a user on the sign-in page. Returns the parameters of the redirect."""
    page = session.get(url).text.split("</form>")[0]
    form = {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)}
    answer = session.post(url.split("?")[0], data={**form, "user": user}, allow_redirects=False)
    query = requests.utils.urlparse(answer.headers["location"]).query
    return dict(pair.split("=", 1) for pair in requests.utils.unquote(query).split("&"))


by_secret = application(msal.ConfidentialClientApplication, client_credential=given["clientSecret"])
by_domain = application(msal.ConfidentialClientApplication, tenant="contoso.onmicrosoft.com", client_credential=given["clientSecret"])
certificate = {"private_key": open(given["keyFile"]).read(), "thumbprint": given["thumbprint"]}
by_certificate = application(msal.ConfidentialClientApplication, client_credential=certificate)
user = application(msal.PublicClientApplication)
flow = user.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:5000/back", login_hint=given["user"])
signed_in = told(user.acquire_token_by_auth_code_flow(flow, press(flow["auth_uri"], given["user"])))
accounts = user.get_accounts()
print(
    json.dumps(
        {
            "secret": told(by_secret.acquire_token_for_client(SCOPES)),
            "domain": told(by_domain.acquire_token_for_client(SCOPES)),
            "certificate": told(by_certificate.acquire_token_for_client(SCOPES)),
            "browser": signed_in,
            "accounts": [account["username"] for account in accounts],
            "renewed": told(user.acquire_token_silent(SCOPES, account=accounts[0], force_refresh=True)),
        }
    )
)
