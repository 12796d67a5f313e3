"""The hub that is measured: everybody's server is a process of this machine, on loopback only.

JupyterHub reads this file. What differs from run to run comes in variables of the environment.
"""

from __future__ import annotations

import os
from typing import Any

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821  # traitlets puts it there

PUBLIC, HUB, PROXY = os.environ["HUB_PORTS"].split()

c.JupyterHub.bind_url = f"http://127.0.0.1:{PUBLIC}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{HUB}"
c.JupyterHub.log_level = "WARN"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PROXY}"
c.ConfigurableHTTPProxy.command = [os.environ["HUB_PROXY"]]

# Whoever asks for a server has the token of this service: nobody has to type a password.
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [{"name": "class", "api_token": os.environ["HUB_TOKEN"]}]
c.JupyterHub.load_roles = [
    {
        "name": "class",
        "services": ["class"],
        "scopes": ["admin:users", "admin:servers", "access:servers"],
    }
]

# No server is refused or given up while the machine is busy: how long it took is what is asked.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = os.environ["HUB_HOMES"] + "/{username}"
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.args = ["--allow-root"]  # in a container there may be nobody else
c.Spawner.start_timeout = c.Spawner.http_timeout = 600  # seconds
