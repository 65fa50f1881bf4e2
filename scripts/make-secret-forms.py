"""Writes the list of secret forms that both halves use, from the rules of gitleaks and our own.

Usage: python3 scripts/make-secret-forms.py PATH/TO/gitleaks.toml VERSION

gitleaks is a maintained detector under the MIT licence; its rules are data, its engine is a Go program. A rule is taken if
it can be written in the regular expressions that JavaScript and Python share. Rules that need the engine (allow lists,
entropy, file paths) are replaced by our own below. A form never depends on the character after the secret, since a secret
in an URL or a sentence is one too.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGETS = (
    ROOT / "packages/core/src/secrets/secret-forms.json",
    ROOT / "packages/bridge-python/python/kaizen_eatp_bridge/secret_forms.json",
)
# They need the entropy, allow lists or paths of the engine.
REPLACED = {"generic-api-key", "pkcs12-file", "kubernetes-secret-yaml", "curl-auth-user", "curl-auth-header"}

OWN = [
    {"id": "private-key-block", "keywords": ["-----begin"], "pattern": r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----|$)"},
    {"id": "bearer", "keywords": ["bearer"], "pattern": r"\bBearer\s+([\w.~+/-]+=*)", "ignoreCase": True, "joined": True},
    {"id": "basic", "keywords": ["basic"], "pattern": r"\bBasic\s+([A-Za-z0-9+/]{8,}=*)", "joined": True},
    {"id": "digest-response", "keywords": ["response="], "pattern": r"\bresponse=[\"']?([0-9a-f]{16,})"},
    {"id": "url-password", "keywords": ["://"], "pattern": r"\w://[^\s:@/]*:([^\s@/]+)(?=@)", "joined": True},
    {"id": "url-token", "keywords": ["://"], "pattern": r"\w://([^\s:@/]{16,})(?=@)"},
    {"id": "url-parameter", "keywords": ["="], "pattern": r"[?&;](?:key|k|sig|code|auth|apikey|api_key|sas|jwt)=([^&\s#\"']{6,})", "ignoreCase": True},
    {"id": "json-web-token", "keywords": ["eyj"], "pattern": r"\beyJ[\w-]{5,}\.[\w-]*\.?[\w-]*(?:\.[\w-]*){0,2}", "joined": True},
    {"id": "kaizen-eatp-token", "keywords": ["eatp1_"], "pattern": r"\beatp\d_[\w-]{5,}", "joined": True},
    {"id": "prefixed-key", "keywords": ["sk-", "sk_", "pk-", "pk_", "rk-", "rk_"], "pattern": r"\b[srp]k[-_][\w-]{10,}", "joined": True},
    {"id": "github", "keywords": ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], "pattern": r"\b(?:gh[pousr]_|github_pat_)\w{10,}", "joined": True},
    {"id": "gitlab", "keywords": ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glsoat-", "glft-", "glimt-", "glagent-"], "pattern": r"\bgl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|ffct)-[\w.-]{10,}", "joined": True},
    {"id": "slack", "keywords": ["xox", "xapp-"], "pattern": r"\b(?:xox[a-z]|xapp)-[\w-]{10,}", "joined": True},
    {"id": "web-hook", "keywords": ["hooks.slack.com", "discord", "webhook.office.com", "hooks.zapier.com"], "pattern": r"\b(?:hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/webhooks|[\w-]+\.webhook\.office\.com/webhookb2|hooks\.zapier\.com/hooks/catch)/([\w/@.-]{10,})", "joined": True},
    {"id": "aws-access-key", "keywords": ["akia", "asia", "abia", "acca", "aroa", "aida"], "pattern": r"\b(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[0-9A-Z]{12,}", "joined": True},
    {"id": "google-key", "keywords": ["aiza"], "pattern": r"\bAIza[\w-]{20,}", "joined": True},
    {"id": "google-token", "keywords": ["ya29.", "gocspx-", "1//0"], "pattern": r"\b(?:ya29\.[\w-]{10,}|GOCSPX-[\w-]{10,}|1//0[\w-]{20,})", "joined": True},
    {"id": "azure-connection", "keywords": ["accountkey=", "sharedaccesskey=", "sharedaccesssignature="], "pattern": r"\b(?:Account|SharedAccess)(?:Key|Signature)=([A-Za-z0-9+/%=]{10,})", "ignoreCase": True},
    {"id": "azure-client-secret", "keywords": ["q~"], "pattern": r"\b[\w~.-]{3}\dQ~[\w~.-]{20,}", "joined": True},
    {"id": "model-provider", "keywords": ["gsk_", "xai-", "hf_", "api_org_", "r8_", "nvapi-", "pplx-", "tvly-", "fc-", "lsv2_", "csk-", "fw_", "voyage-", "jina_"], "pattern": r"\b(?:gsk_|xai-|hf_|api_org_|r8_|nvapi-|pplx-|tvly-|fc-|lsv2_(?:pt|sk)_|csk-|fw_|jina_)\w{16,}", "joined": True},
    {"id": "package-registry", "keywords": ["npm_", "pypi-", "rubygems_", "oy2", "dckr_pat_", "cio"], "pattern": r"\b(?:npm_\w{20,}|pypi-[\w-]{16,}|rubygems_[0-9a-f]{20,}|oy2[a-z0-9]{43}|dckr_pat_[\w-]{20,}|cio[A-Za-z0-9]{32})", "joined": True},
    {"id": "cloud-host", "keywords": ["dop_v1_", "doo_v1_", "dor_v1_", "dp.", "tfp_", "hvs.", "hvb.", "atlasv1", "fo1_", "fm1", "fm2_", "ddog", "v1.0-", "vercel_", "vcp_", "nfp_", "pscale_", "neon_", "napi_", "sbp_", "sb_secret_", "rnd_"], "pattern": r"\b(?:do[opr]_v1_[0-9a-f]{20,}|dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{20,}|tfp_\w{20,}|hv[sb]\.[\w-]{20,}|[\w-]{14}\.atlasv1\.[\w-]{40,}|fo1_[\w-]{20,}|fm[12][ar]?_[\w+/=-]{20,}|v1\.0-[0-9a-f]{20,}|vc[pk]_\w{20,}|vercel_\w{20,}|nfp_\w{20,}|pscale_(?:tkn|pw|oauth)_[\w.=-]{20,}|napi_\w{20,}|sbp_[0-9a-f]{20,}|sb_secret_[\w-]{16,}|rnd_\w{20,})", "joined": True},
    {"id": "service-token", "keywords": ["sg.", "key-", "shp", "sq0", "eaaa", "lin_api_", "ntn_", "secret_", "figd_", "pat-", "pmak-", "pul-", "sntry", "glsa_", "glc_", "nrak-", "whsec_", "atatt", "atctt", "dapi", "ops_ey", "a3-", "shippo_", "phc_", "phx_", "rdme_", "sgp_", "dt0c01.", "cfpat-", "flb", "frp_", "eyjrij"], "pattern": r"\b(?:SG\.[\w-]{10,}\.[\w-]{10,}|key-[0-9a-f]{24,}|shp(?:at|ca|pa|ss|ua)_[0-9a-fA-F]{20,}|sq0(?:atp|csp|idp)-[\w-]{20,}|EAAA[\w-]{40,}|lin_(?:api|oauth)_\w{20,}|ntn_\w{20,}|secret_\w{30,}|figd_[\w-]{20,}|pat-(?:na|eu)\d-[\w-]{20,}|PMAK-[\w-]{20,}|pul-[0-9a-f]{30,}|sntry[su]_[\w=+/.-]{20,}|glsa_\w{20,}|glc_[\w+/=]{20,}|NRAK-\w{20,}|whsec_[\w+/=]{16,}|ATATT3[\w=-]{20,}|ATCTT3[\w=-]{20,}|dapi[0-9a-f]{32}|ops_eyJ[\w+/=-]{20,}|A3-[A-Z0-9]{6}-[A-Z0-9-]{20,}|shippo_(?:live|test)_[0-9a-f]{20,}|ph[cx]_\w{20,}|rdme_\w{20,}|sgp_\w{20,}|dt0c01\.[A-Z0-9.]{40,})", "joined": True},
    {"id": "telegram-bot", "keywords": [":aa"], "pattern": r"\b\d{6,12}:AA[\w-]{20,}", "joined": True},
    {"id": "twilio", "keywords": ["sk", "ac"], "pattern": r"\b(?:SK|AC)[0-9a-f]{32}", "joined": True},
    {"id": "mailchimp", "keywords": ["-us"], "pattern": r"\b[0-9a-f]{32}-us\d{1,2}", "joined": True},
    {"id": "discord-bot", "keywords": ["."], "pattern": r"\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}", "joined": True},
    {"id": "age-key", "keywords": ["age-secret-key-1"], "pattern": r"AGE-SECRET-KEY-1[A-Z0-9]{20,}", "joined": True},
    {"id": "password-hash", "keywords": ["$2", "$argon2", "$6$", "$5$"], "pattern": r"(?:\$2[abxy]?\$\d\d\$[./\w]{40,}|\$argon2(?:id|i|d)\$[^\s\"']{20,}|\$[56]\$[^\s\"']{20,})"},
    # A token that was cut off can have been a secret of any form.
    {"id": "cut-off", "keywords": ["\u2026"], "pattern": r"(?<![\w+/=.~%-])(?=[^\s\u2026]*\d)[\w+/=.~%-]{8,}(?=\u2026)", "joined": True},
    # Base64 of random bytes: long, and with letters of both cases and digits all through.
    {"id": "random-base64", "keywords": [], "pattern": r"(?<![\w+/=.-])(?=[A-Za-z0-9+/_-]*[A-Z][^A-Z\s]*[A-Z][^A-Z\s]*[A-Z])(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[a-z][^a-z\s]*[a-z][^a-z\s]*[a-z])[A-Za-z0-9+/_-]{36,}={0,2}(?![\w+/=])", "joined": True, "entropy": 4.4},
]

NAMES = {
    # Compared without upper case, hyphens, underscores, dots and spaces.
    "exact": ["auth", "cvc", "cvv", "cvv2", "dsn", "iban", "jwt", "key", "mnemonic", "otp", "passcode", "pat", "pem", "pin", "psk", "pwd", "refresh", "salt", "sas", "seed", "sid", "sig", "ssn", "totp", "tan"],
    "contains": ["accesskey", "accountkey", "apikey", "appkey", "authorization", "authkey", "bearer", "cardnumber", "clientkey", "connectionstring", "consumerkey", "cookie", "credential", "creditcard", "databaseurl", "dburl", "decryptionkey", "encryptionkey", "hmackey", "kennwort", "licensekey", "masterkey", "motdepasse", "passphrase", "passwd", "password", "passwort", "privatekey", "recoverycode", "secret", "seedphrase", "sessionid", "sessionkey", "sharedkey", "signature", "signingkey", "socialsecurity", "sshkey", "storagekey", "token", "webhookurl", "xauth"],
    "endsWith": ["pass", "pwd", "pin", "otp"],
    # Numbers, amounts and settings that only sound like secrets.
    "never": ["tokencount", "tokens", "maxtokens", "inputtokens", "outputtokens", "totaltokens", "prompttokens", "completiontokens", "tokenlimit", "tokentype", "secretname", "keyname", "bypass", "compass"],
    # The whole rest of the line after the name is secret.
    "wholeLine": ["authorization", "proxyauthorization", "cookie", "setcookie"],
}


def converted(rule):
    """A rule of gitleaks in the regular expressions that both languages have; None if that cannot be done."""
    if rule["id"] in REPLACED or "regex" not in rule:
        return None
    pattern = rule["regex"]
    ignore_case = "(?i" in pattern
    pattern = pattern.replace("(?-i:", "(?:").replace("(?i:", "(?:").replace("(?i)", "").replace("(?s:.)", "[\\s\\S]")
    pattern = pattern.replace("\\x60", "`").replace("\\z", "$").replace("[[:alnum:]]", "[A-Za-z0-9]")
    is_bounded = False
    for tail in ("(?:[`'\"\\s;]|\\\\[nr]|$)", "(?:[^\\w]|\\z)"):
        if pattern.endswith(tail):
            pattern, is_bounded = pattern[: -len(tail)], True
    is_alone = "(?:=|>|" not in pattern
    if is_alone:
        # Where line breaks are removed, the next line follows immediately.
        pattern = pattern.removesuffix("\\b")
    elif is_bounded:
        pattern += "(?![A-Za-z0-9_])"
    if "(?P<" in pattern or "(?s" in pattern or "[[:" in pattern or "(?-" in pattern or "(?i" in pattern:
        return None
    try:
        groups = re.compile(pattern).groups
    except re.error:
        return None
    if groups > 1:
        return None
    form = {"id": f"gitleaks/{rule['id']}", "keywords": rule.get("keywords", []), "pattern": pattern}
    if ignore_case:
        form["ignoreCase"] = True
    if is_alone:
        form["joined"] = True
    return form


def main(path, version):
    rules = tomllib.loads(Path(path).read_text(encoding="utf-8"))["rules"]
    taken = [form for form in map(converted, rules) if form]
    forms = [{k: v for k, v in form.items()} for form in OWN] + taken
    content = {
        "about": "Forms of secrets. Written by scripts/make-secret-forms.py: change that file, not this one.",
        "source": f"gitleaks {version}, MIT licence, Copyright (c) 2019 Zachary Rice; and our own forms",
        "names": NAMES,
        "forms": forms,
    }
    lines = json.dumps({k: v for k, v in content.items() if k != "forms"}, indent=2, ensure_ascii=True)[:-2]
    body = ",\n".join(f"    {json.dumps(form, ensure_ascii=True)}" for form in forms)
    for target in TARGETS:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f'{lines},\n  "forms": [\n{body}\n  ]\n}}\n', encoding="utf-8")
    print(f"{len(OWN)} own forms, {len(taken)} of {len(rules)} rules of gitleaks")


if __name__ == "__main__":
    main(*sys.argv[1:])
