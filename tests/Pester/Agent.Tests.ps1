# Agents in a full shell.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore
}

AfterAll { Remove-TestStore $folder }

Describe 'Agents' {
    It 'are attached to what comes through the pipeline, by position and by short names' {
        $leases = 1..3 | noct | aoca reviewer
        $leases | Should -HaveCount 3
        $leases.Owner | Select-Object -Unique | Should -Be reviewer
        ($leases | Sort-Object Fence).Fence | Select-Object -Unique | Should -HaveCount 3
    }

    It 'have leases that come back from a file and still are theirs' {
        $lease = New-OcTask leased | Add-OcAgent profiler
        $file = Join-Path $folder 'lease.xml'
        $lease | Export-Clixml $file
        $read = Import-Clixml $file
        $read.Fence | Should -Be $lease.Fence
        $task = $lease.Resource.Substring(5)
        (Add-OcTaskLog $task 'with the fence of the file' -Agent $read.Owner -Fence $read.Fence -PassThru).Message | Should -Be 'with the fence of the file'
        $null = $task | Stop-OcTask
        { Add-OcTaskLog $task late -Agent $read.Owner -Fence $read.Fence -ErrorAction Stop } | Should -Throw -ErrorId 'LeaseLost*'
    }

    It 'race in jobs, and one of them wins' {
        $task = New-OcTask contested
        $jobs = 'ada', 'bob' | ForEach-Object {
            Start-Job {
                Import-Module $using:manifest.FullName
                $null = Connect-OcStore $using:folder
                try { ($using:task | Add-OcAgent $using:_ -ErrorAction Stop).Owner } catch { $_.FullyQualifiedErrorId -replace ',.*' }
            }
        }
        try { $outcome = @($jobs | Receive-Job -Wait) }
        finally { $jobs | Remove-Job -Force }
        $outcome | Should -HaveCount 2
        $outcome | Should -Contain LockHeld
        (Get-OcTask $task).Agents | Should -HaveCount 1
        (Get-OcTask $task).Agents[0] | Should -BeIn $outcome
    }
}
