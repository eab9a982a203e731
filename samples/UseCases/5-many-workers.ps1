# Use case 5: several workers share a queue of tasks. Each task is done once, in order of priority, also the one whose first worker was never heard of again.
[CmdletBinding()]
param(
    # The folder of a store that keeps the tasks; left out, a store is made and deleted at the end.
    [string] $Store
)

$ErrorActionPreference = 'Stop'
. ([System.IO.Path]::Combine($PSScriptRoot, 'support.ps1'))

onStore $Store {
    step 'Fill the queue: eight parts, an urgent one, and a report that needs them all'
    $parts = foreach ($number in 1..8) { New-OcTask "Part $number" -Owner 'plant' -Metadata @{ size = $number } }
    $urgent = New-OcTask 'Urgent part' -Owner 'plant' -Priority 10 -Metadata @{ size = 100 }
    $report = New-OcTask 'Report' -Owner 'plant' -Metadata @{ size = 0 } -DependsOn ($parts + $urgent)
    $sum = New-OcTask 'Sum of all parts' -Owner 'office'
    $sum | Set-OcTaskState @{ total = 0 }
    show 'ready' (Get-OcTaskStatistic).Ready

    step 'A worker takes the first task, and is never heard of again'
    $lost = Receive-OcTask 'worker-0' -Owner 'plant' -LeaseSeconds 1
    show $lost.AgentId "$($lost.Name), fence $($lost.Fence)"

    step 'Three others work until nothing comes any more'
    $manifest = [System.IO.Path]::Combine((Get-Module -Name OpenCode).ModuleBase, 'OpenCode.psd1')
    $folder = (Get-OcConfiguration).Where{ $_.Key -eq 'dataRoot' }.Value
    $done = 1..3 | ForEach-Object -Parallel {
        $ErrorActionPreference = 'Stop'
        $me, $sum = "worker-$_", ($using:sum).Id
        Import-Module -Name $using:manifest
        $null = Connect-OcStore -Path $using:folder
        while ($claim = Receive-OcTask $me -Owner 'plant' -Wait -TimeoutSeconds 4 -ErrorAction SilentlyContinue) {
            $null = $claim | Send-OcHeartbeat 'Measuring'
            $size = $claim.Task.Metadata.size
            # One adds at a time. The lock ends with the block, and with its process.
            Use-OcLock 'sum' -Owner $me -WaitSeconds 60 {
                $total = (Get-OcTaskState $sum).Data.total
                Set-OcTaskState $sum @{ total = $total + $size }
            }
            $claim | Complete-OcTask $size
        }
    } -ThrottleLimit 3
    show 'completed' $done.Count
    $last = Get-OcTask $report
    show $last.Name "$($last.Status), after all it depends on"

    step 'What became of the task whose worker was lost'
    $again = Get-OcTask $lost.TaskId
    show $again.Name "$($again.Status) at attempt $($again.Attempt)"
    foreach ($entry in Get-OcTaskHistory $again -Level Info) { show $entry.Level.ToString() $entry.Message }
    try { $lost | Complete-OcTask 'too late' }
    catch { show 'too late' $_.FullyQualifiedErrorId.Split(',')[0] }

    step 'What they have added up'
    $total = (Get-OcTaskState $sum).Data.total
    show 'sum' $total
    show 'locks held' @(Get-OcLock).Count
}

''
'many-workers: ok'
