# What the tests share. Dot-source it in BeforeAll: . (Join-Path $PSScriptRoot Support.ps1)
# OPENCODE_TEST_MODULE names the manifest to test; without it, the one that `dotnet build` laid out.
if ($env:OPENCODE_TEST_MODULE) {
    $manifest = Get-Item -LiteralPath $env:OPENCODE_TEST_MODULE -ErrorAction Stop
}
else {
    $manifest = Get-ChildItem (Join-Path $PSScriptRoot .. .. out OpenCode) -Filter OpenCode.psd1 -Recurse | Sort-Object FullName | Select-Object -Last 1
}

Import-Module $manifest.FullName -Force -ErrorAction Stop

# Connects to a new store in a folder of its own; Remove-TestStore takes it away.
function New-TestStore {
    $folder = Join-Path ([System.IO.Path]::GetTempPath()) "oc-pester-$([guid]::NewGuid().ToString('n'))"
    $null = Connect-OcStore $folder
    $folder
}

function Remove-TestStore([string] $folder) {
    Remove-Module OpenCode
    Remove-Item -LiteralPath $folder -Recurse -Force
}

# What a script shows, in a window of a width. Plain, unless it is asked to be as on a terminal.
function Show([scriptblock] $script, [int] $width = 80, [string] $rendering = 'PlainText') {
    $before = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = $rendering
    try { & $script | Out-String -Width $width }
    finally { $PSStyle.OutputRendering = $before }
}

# The widest line of a text.
function Measure-Width([string] $text) {
    ($text -split '\r?\n' | ForEach-Object Length | Measure-Object -Maximum).Maximum
}

# How to start a script in a shell of its own, as a user at another prompt would.
function New-ShellStart([string] $script) {
    $path = [Environment]::ProcessPath
    $start = [System.Diagnostics.ProcessStartInfo]::new($path)
    # Installed as a .NET tool, the shell is a library that runs in dotnet.
    if ([System.IO.Path]::GetFileNameWithoutExtension($path) -eq 'dotnet') { $start.ArgumentList.Add((Join-Path $PSHOME pwsh.dll)) }
    foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', $script) { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardOutput = $true
    $start
}

# Runs a script in a shell of its own; gives what it writes, line by line.
function Invoke-Shell([string] $script, [hashtable] $environment = @{}) {
    $start = New-ShellStart $script
    foreach ($name in $environment.Keys) { $start.Environment[$name] = $environment[$name] }
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    try {
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        if ($process.ExitCode -ne 0) { throw "The shell ended with $($process.ExitCode): $($errors.Result) $output" }
        $output -split '\r?\n'
    }
    finally { $process.Dispose() }
}

# What Tab offers at the end of a line.
function Get-Tab([string] $line) { (TabExpansion2 $line $line.Length).CompletionMatches }

# Why no command can be run in a sandbox here; nothing when one can. Fails where OPENCODE_TEST_REQUIRE names docker.
function Get-EngineProblem {
    $image = if ($env:OPENCODE_TEST_IMAGE) { $env:OPENCODE_TEST_IMAGE } else { 'opencode-test:busybox' }
    $probe = New-OcTask 'Is there an engine?' -Image $image
    try {
        $null = $probe | Invoke-OcTask 'true' -ErrorAction Stop
    }
    catch {
        if ($env:OPENCODE_TEST_REQUIRE -match 'docker') { throw "docker is required here: $_" }
        "$_"
    }
    finally { $probe | Remove-OcTask -Force -Confirm:$false }
}
