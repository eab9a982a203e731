@{
    # The version is stamped when the module is laid out.
    ModuleVersion = '0.0.0'
    GUID = '6f0c2a53-3f4b-4b0e-9a35-5d2c7e8b1f64'
    Author = 'The OpenCode for PowerShell authors'
    CompanyName = 'OpenCode for PowerShell'
    Copyright = 'Copyright (c) 2026 The OpenCode for PowerShell authors. MIT licence.'
    Description = 'The place where a team of AI agents keeps its work: tasks with a state, an owner, agents, a sandbox, a memory, and points in time to go back to.'
    PowerShellVersion = '7.6'
    CompatiblePSEditions = @('Core')

    # The loader runs first and makes the root module, which is not beside this file, loadable by its name. See the loader's source.
    NestedModules = @('OpenCode.Loader.dll')
    RootModule = 'OpenCode.Cmdlets.dll'

    # Type files are read before nested modules are loaded; what they name is in here.
    RequiredAssemblies = @('OpenCode.Abstractions.dll', 'OpenCode.Loader.dll')

    FormatsToProcess = @('OpenCode.Format.ps1xml')
    TypesToProcess = @('OpenCode.Types.ps1xml')

    FunctionsToExport = @()
    VariablesToExport = @()
    CmdletsToExport = @(
        'Add-OcAgent'
        'Add-OcTaskDecision'
        'Add-OcTaskLog'
        'Approve-OcConfiguration'
        'Complete-OcTask'
        'Connect-OcStore'
        'Find-OcTask'
        'Get-OcAgent'
        'Get-OcCheckpoint'
        'Get-OcConfiguration'
        'Get-OcHook'
        'Get-OcMcpConfiguration'
        'Get-OcTask'
        'Get-OcTaskDecision'
        'Get-OcTaskExecution'
        'Get-OcTaskHistory'
        'Get-OcTaskState'
        'Get-OcTaskStatistic'
        'Invoke-OcTask'
        'New-OcCheckpoint'
        'New-OcTask'
        'Register-OcHook'
        'Remove-OcAgent'
        'Remove-OcCheckpoint'
        'Remove-OcTask'
        'Repair-OcTask'
        'Restore-OcCheckpoint'
        'Resume-OcTask'
        'Set-OcTask'
        'Set-OcTaskState'
        'Start-OcTask'
        'Stop-OcTask'
        'Test-OcHealth'
        'Unregister-OcHook'
        'Wait-OcTask'
    )
    AliasesToExport = @(
        'aoca'
        'aoctd'
        'aoctl'
        'ccocs'
        'cmpoct'
        'fdoct'
        'goca'
        'gocc'
        'goch'
        'goct'
        'goctd'
        'gocte'
        'gocth'
        'gocts'
        'goctst'
        'ioct'
        'nocc'
        'noct'
        'rgoch'
        'roca'
        'rocc'
        'roct'
        'rpoct'
        'rrocc'
        'ruoct'
        'saoct'
        'soct'
        'socts'
        'spoct'
        'uroch'
        'woct'
    )

    PrivateData = @{
        PSData = @{
            Tags = @('AI', 'Agents', 'MCP', 'Sandbox', 'Docker', 'Tasks', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://spdx.org/licenses/MIT.html'
            # Stamped when the module is laid out: the addresses from RepositoryUrl in Directory.Build.props, the notes from the head of CHANGELOG.md.
            ProjectUri = ''
            IconUri = ''
            ReleaseNotes = ''
        }
    }
}
