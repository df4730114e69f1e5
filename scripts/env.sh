# shellcheck shell=bash
# Sourced, not run: the environment in which all tools of this project run.
# SBS_MAILFLOW_VENV names another virtual environment than .venv.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
venv=${SBS_MAILFLOW_VENV:-$PWD/.venv}
export PATH="$venv/bin:$PATH"

# What the caller's shell says to Ansible or Python is meant for other projects.
unset "${!ANSIBLE_@}" "${!MOLECULE_@}" PYTHONPATH PYTHONHOME
export ANSIBLE_HOME="$PWD/.cache/ansible"

# Ansible refuses to start where the encoding is not UTF-8.
export LC_ALL=C.UTF-8

# The lab is on the loopback; no proxy may come between.
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

# PowerShell, where there is one, keeps to itself.
export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off DOTNET_CLI_TELEMETRY_OPTOUT=1
