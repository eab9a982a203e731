#!/usr/bin/env bash
# A full shell for tests/Pester, where the machine has none: PowerShell as the .NET tool it is published as, and Pester from its package.
#
#   tests/Pester/shell.sh install <dir>   brings both, at exactly the versions below and in shell.proj: <dir>/bin/pwsh, and <dir>/modules for PSModulePath
set -euo pipefail
cd "$(dirname "$0")"

powershell=7.6.9

[ $# -eq 2 ] && [ "$1" = install ] || { echo "usage: shell.sh install <dir>" >&2; exit 1; }
mkdir -p "$2/project" "$2/modules/Pester"
dir=$(cd "$2" && pwd)

dotnet tool install PowerShell --version "$powershell" --tool-path "$dir/bin"

# Restored outside the repository: its settings and pinned versions are not for this.
cp shell.proj "$dir/project"
dotnet restore "$dir/project/shell.proj" --packages "$dir/packages" --nologo
for version in "$dir"/packages/pester/*/; do
    mv "$version/tools" "$dir/modules/Pester/$(basename "$version")"
done
