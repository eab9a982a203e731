# Use case 2: three agents work on one collaborative task at the same time, each in its own name and in a runspace of its own.
[CmdletBinding()]
param(
    # The folder of a store that keeps the task; left out, a store is made and deleted at the end.
    [string] $Store
)

$ErrorActionPreference = 'Stop'
. ([System.IO.Path]::Combine($PSScriptRoot, 'support.ps1'))

onStore $Store {
    step 'Create a task that many may work on'
    $task = New-OcTask 'Collaborative task' -Owner 'agent-1' -Mode Collaborative
    show 'id' $task.Id
    show 'mode' $task.Mode

    step 'Attach three agents; the first one starts it'
    $leases = foreach ($agent in 'agent-1', 'agent-2', 'agent-3') { $task | Add-OcAgent $agent }
    foreach ($lease in $leases) { show $lease.Owner "fence $($lease.Fence)" }
    $task = Get-OcTask $task
    show 'status' $task.Status
    show 'agents' ($task.Agents -join ', ')

    step 'All three work at once'
    $manifest = [System.IO.Path]::Combine((Get-Module -Name OpenCode).ModuleBase, 'OpenCode.psd1')
    $folder = (Get-OcConfiguration).Where{ $_.Key -eq 'dataRoot' }.Value
    $parts = @{ 'agent-1' = 'schema'; 'agent-2' = 'service'; 'agent-3' = 'tests' }
    $leases | ForEach-Object -Parallel {
        $ErrorActionPreference = 'Stop'
        $lease, $part = $_, ($using:parts)[$_.Owner]
        Import-Module -Name $using:manifest
        $null = Connect-OcStore -Path $using:folder
        $lease | Add-OcTaskLog "Began with the $part."
        $lease | Add-OcTaskDecision "I take the $part." -Reasoning 'Whoever comes first chooses.' -Metadata @{ part = $part }
        # Members are put over what is there, so nobody overwrites what the others wrote.
        $lease | Set-OcTaskState @{ $part = 'done' }
    } -ThrottleLimit 3

    step 'What they decided'
    foreach ($decision in Get-OcTaskDecision $task) { show $decision.AgentId $decision.Decision }

    step 'What they made together'
    $state = (Get-OcTaskState $task).Data
    show 'state' $state

    step 'Two leave, and the last one completes the task'
    $leases[1, 2] | Remove-OcAgent
    $done = $leases[0] | Complete-OcTask $state -Message 'Made by three.'
    show 'status' $done.Status
    show 'result' $done.Result.Data
}

''
'three-agents: ok'
