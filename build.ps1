#!/usr/bin/env pwsh
<#
.SYNOPSIS
    A door for people over dotnet; everything works without it too.
.DESCRIPTION
    Build    builds all projects and lays the module out under out/OpenCode/<version>.
    Test     runs all tests; those of tests/Pester where Pester is installed.
    Pack     builds Release and puts the module into out/OpenCode.<version>.nupkg, as a gallery takes it.
    Install  builds Release and copies the module to where pwsh finds your modules.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Install
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Pack', 'Install')]
    [string] $Task = 'Build',

    # Debug or Release; Pack and Install take Release.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = $(if ($Task -in 'Pack', 'Install') { 'Release' } else { 'Debug' }),

    # Where Install copies to; your own module folder when left out.
    [string] $Destination
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
}
