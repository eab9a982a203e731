# Use case 1: one agent works on one task, from its creation to its result.
[CmdletBinding()]
param(
    # The folder of a store that keeps the task; left out, a store is made and deleted at the end.
    [string] $Store
)

$ErrorActionPreference = 'Stop'
. ([System.IO.Path]::Combine($PSScriptRoot, 'support.ps1'))

onStore $Store {
    step 'Create the task'
    $task = New-OcTask 'Data processing' -Owner 'data-agent' -Description 'Clean the measurements of March.'
    show 'id' $task.Id
    show 'status' $task.Status

    step 'Attach the agent, which starts the task'
    $lease = $task | Add-OcAgent 'data-agent'
    show 'status' (Get-OcTask $task).Status
    show 'fence' $lease.Fence

    step 'Work'
    $read, $kept = 0, 0
    foreach ($value in 12.1, 11.9, -999, 12.4, 12.0) {
        $read++
        if ($value -lt 0) {
            $lease | Add-OcTaskLog 'A reading is impossible and was left out.' -Level Warn -Data @{ value = $value; row = $read }
            continue
        }

        $kept++
    }

    $lease | Add-OcTaskLog "Read $read rows, kept $kept."
    $lease | Set-OcTaskState @{ read = $read; kept = $kept }

    # The lease carries the task, the agent and the fence: without the agent's present lease this would be refused.
    step 'Complete it with a result'
    $done = $lease | Complete-OcTask @{ status = 'success'; rows = $kept } -Message 'The measurements are clean.'
    show 'status' $done.Status
    show 'result' $done.Result.Data
    show 'agents' $done.Agents.Count

    step 'What happened, from level Info up'
    foreach ($entry in Get-OcTaskHistory $task -Level Info) { '   {0:HH:mm:ss.fff} {1,-5} {2}' -f $entry.Timestamp, $entry.Level, $entry.Message }
}

''
'single-agent: ok'
