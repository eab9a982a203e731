# What the use cases share. Only the module's own cmdlets and the language are used, so that they run in pwsh after `dotnet build`, and in a program that hosts
# nothing but the engine.
if (-not (Get-Module -Name OpenCode)) {
    $root = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'out', 'OpenCode'))
    [string[]] $built = if ([System.IO.Directory]::Exists($root)) { [System.IO.Directory]::GetFiles($root, 'OpenCode.psd1', 'AllDirectories') }
    if (-not $built) { throw "There is no module under '$root'. Run 'dotnet build' in the root of the repository first." }
    [array]::Sort($built)
    Import-Module -Name $built[-1]
}

function step([string] $what) { ''; "== $what" }
function show([string] $what, [object] $value) { '   {0,-12} {1}' -f $what, $value }

# Runs a script block on a store. Without a folder the store is one of its own, so that it meddles with nobody's tasks, and is gone afterwards with all that was in it.
function onStore([string] $folder, [scriptblock] $script) {
    if ($folder) {
        $null = Connect-OcStore -Path $folder
        & $script
        return
    }

    $folder = [System.IO.Directory]::CreateTempSubdirectory('opencode-usecase-').FullName
    "A store of our own is in $folder until the end."
    try {
        $null = Connect-OcStore -Path $folder
        & $script
    }
    finally {
        Get-OcTask | Remove-OcTask -Force -Confirm:$false
        # Removing the module closes the store: not every system deletes open files.
        $manifest = [System.IO.Path]::Combine((Get-Module -Name OpenCode).ModuleBase, 'OpenCode.psd1')
        Remove-Module -Name OpenCode
        [System.IO.Directory]::Delete($folder, $true)
        Import-Module -Name $manifest -Scope Global
    }
}
