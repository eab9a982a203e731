#!/usr/bin/env pwsh
<#
.SYNOPSIS
    A door for people over dotnet; everything works without it too.
.DESCRIPTION
    Build    builds all projects and lays the module out under out/OpenCode/<version>.
    Test     runs all tests.
    Pack     builds Release and puts the module into out/OpenCode.<version>.zip.
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
    'Test' { dotnet test $PSScriptRoot --configuration $Configuration }
    'Pack' {
        dotnet build (Join-Path $PSScriptRoot src OpenCode.Cmdlets) --configuration $Configuration
        $module = Get-BuiltModule
        $package = Join-Path $PSScriptRoot out "OpenCode.$($module.Name).zip"
        if ($PSCmdlet.ShouldProcess($package, 'Write the package')) {
            # With the folder <version> inside: unpacked in the folder OpenCode of a module folder, it is installed.
            Remove-Item $package -ErrorAction Ignore
            [System.IO.Compression.ZipFile]::CreateFromDirectory($module.FullName, $package, 'Optimal', $true)
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
