#!/usr/bin/env pwsh
<#
.SYNOPSIS
    A door for people over dotnet; everything works without it too.
.DESCRIPTION
    Build    builds all projects and lays the module out under out/OpenCode/<version>.
    Test     runs all tests; those of tests/Pester where Pester is installed. With -Long, proofs that run small otherwise run in full, which takes many minutes and 10 GiB of disk.
    Pack     builds Release and puts the module into out/OpenCode.<version>.nupkg, as a gallery takes it.
    Install  builds Release and copies the module to where pwsh finds your modules.
    Torture  has many processes work on one store while some are killed, stopped and misled about the time, and checks what all were told.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Install
.EXAMPLE
    ./build.ps1 -Task Torture -Processes 32 -Seconds 3600 -Seed 7
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Pack', 'Install', 'Torture')]
    [string] $Task = 'Build',

    # Debug or Release; Pack, Install and Torture take Release.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = $(if ($Task -in 'Pack', 'Install', 'Torture') { 'Release' } else { 'Debug' }),

    # Where Install copies to; your own module folder when left out.
    [string] $Destination,

    # Has Test run its proofs in full.
    [switch] $Long,

    # How many processes Torture starts.
    [ValidateRange(1, 256)]
    [int] $Processes = 32,

    # How long Torture torments them.
    [ValidateRange(1, 86400)]
    [int] $Seconds = 300,

    # Decides what everybody does, so that a run can be had again as far as processes allow; a new one when left out.
    [ValidateRange(0, [int]::MaxValue)]
    [int] $Seed = (Get-Random)
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

function Get-BuiltModule {
    $version = (dotnet msbuild (Join-Path $PSScriptRoot src OpenCode.Cmdlets) -getProperty:VersionPrefix).Trim()
    Get-Item (Join-Path $PSScriptRoot out OpenCode $version)
}

switch ($Task) {
    'Build' { dotnet build $PSScriptRoot --configuration $Configuration }
    'Test' {
        if ($Long) { $env:OPENCODE_TEST_LONG = '1' }
        dotnet test $PSScriptRoot --configuration $Configuration
        if (Get-Module Pester -ListAvailable | Where-Object Version -GE '5.0') {
            # In a process of its own: assemblies stay loaded, and would keep the next build from writing them.
            & (Get-Process -Id $PID).Path -NoProfile -Command {
                $pester = New-PesterConfiguration
                $pester.Run.Path = $args[0]
                $pester.Run.Exit = $true
                Invoke-Pester -Configuration $pester
            } -args (Join-Path $PSScriptRoot tests Pester)
        }
        else {
            Write-Warning 'tests/Pester was not run: Pester 5 or newer is not installed (Install-PSResource Pester).'
        }
    }
    'Pack' {
        $module = Join-Path $PSScriptRoot src OpenCode.Cmdlets
        $version = (dotnet msbuild $module -getProperty:VersionPrefix).Trim()
        $package = Join-Path $PSScriptRoot out "OpenCode.$version.nupkg"
        if ($PSCmdlet.ShouldProcess($package, 'Write the package')) {
            dotnet msbuild $module -restore -t:PackModule -nologo -v:m
            Get-Item $package
        }
    }
    'Install' {
        dotnet build (Join-Path $PSScriptRoot src OpenCode.Cmdlets) --configuration $Configuration
        $module = Get-BuiltModule
        if (-not $Destination) {
            $Destination = if ($IsWindows) { Join-Path ([Environment]::GetFolderPath('MyDocuments')) PowerShell Modules } else { Join-Path $HOME .local share powershell Modules }
        }

        $target = Join-Path $Destination OpenCode $module.Name
        if ($PSCmdlet.ShouldProcess($target, 'Install the module')) {
            if (Test-Path $target) { Remove-Item $target -Recurse -Force }
            $null = New-Item (Split-Path $target) -ItemType Directory -Force
            Copy-Item $module.FullName $target -Recurse
            Get-Item $target
        }
    }
    'Torture' {
        dotnet run --project (Join-Path $PSScriptRoot tests LockTaker) --configuration $Configuration -- torture --processes $Processes --seconds $Seconds --seed $Seed
    }
}
