"""The peer in fan-out: parallel-ssh runs a command on all hosts at once. parallel_ssh.py HOSTS KEY COMMAND"""

import sys

from pssh.clients import ParallelSSHClient

hosts = open(sys.argv[1]).read().split()
client = ParallelSSHClient(hosts, user="root", pkey=sys.argv[2], pool_size=len(hosts), allow_agent=False)
output = client.run_command(sys.argv[3])
client.join(output)
for host in output:
    print(f"{host.host} ended with {host.exit_code}")
