"""Where a W&B server is found: addresses from the browser, the server they are of, the certificates it shows."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from support import builders
from support.wandb_server import Served, Server

from actot import sources
from actot.errors import BadInput

TLS = Path(__file__).parent / "data" / "tls"
RUN = Served("r1", [{"_step": s, "loss": 1.0 / (s + 1)} for s in range(8)])


@pytest.mark.parametrize(
    "form", ["team/tube", "wandb://team/tube", "{url}/team/tube", "{url}/team/tube/runs/r1?nw=x"]
)
def test_a_project_is_found_however_its_address_is_written(form: str, server: Server) -> None:
    server.runs = [RUN]
    found = sources.list_runs(form.format(url=server.url))
    assert [r.id for r in found.runs] == ["r1"]
    assert sources.load(found, "r1").last_step == 7


def test_an_address_of_another_server_is_not_looked_for_on_this_one(server: Server) -> None:
    server.runs = [RUN]
    with pytest.raises(
        BadInput, match=r"the address is one of wandb\.example, .*WANDB_BASE_URL asks 127"
    ):
        sources.list_runs("https://wandb.example/team/tube")


def test_a_server_with_the_certificate_of_a_labs_own_authority_is_trusted_by_requests_ca_bundle(
    tmp_path: Path,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    with Server([RUN], tls=context) as served:
        own = {
            "WANDB_BASE_URL": served.url,
            "WANDB_API_KEY": served.key,
            "XDG_CACHE_HOME": str(tmp_path),
        }

        others = {k: v for k, v in os.environ.items() if k != "SSL_CERT_FILE"}

        def runs(**env: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "actot", "runs", served.where],
                capture_output=True,
                text=True,
                cwd=builders.ROOT,
                env={**others, **own, **env},
                timeout=60,
            )

        refused = runs()
        assert refused.returncode == 3 and len(refused.stderr.splitlines()) == 1
        trusted = runs(REQUESTS_CA_BUNDLE=str(TLS / "authority.pem"))
        assert trusted.returncode == 0 and "r1" in trusted.stdout, trusted.stderr
