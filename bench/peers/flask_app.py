"""The peer in memory: the two routes as a student would write them with Flask."""

import base64
import subprocess

from flask import Flask, request

app = Flask(__name__)
ROLLBACK_FILE = "/root/rollbackFile"


def install(packages):
    for package in packages:
        command = ["apt-get", "install", "-y", "--allow-downgrades", package]
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
            return package
    return None


@app.route("/update", methods=["POST"])
def update():
    packages = base64.b64decode(request.get_data()).decode().split()
    failed = install(packages)
    if failed:
        return f"{failed} could not be installed", 500
    versions = subprocess.run(["dpkg-query", "-W", "-f", "${Package}=${Version}\n"], capture_output=True, text=True)
    with open(ROLLBACK_FILE, "w") as file:
        file.write(versions.stdout)
    return "updated"


@app.route("/rollback")
def rollback():
    with open(ROLLBACK_FILE) as file:
        failed = install(file.read().split())
    return (f"{failed} could not be reinstalled", 500) if failed else "rolled back"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
