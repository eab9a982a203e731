# Locks in a full shell, and between shells.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore

    # A shell of its own that runs a script on the store, and is killed or read by the test.
    function Start-Shell([string] $script) {
        $start = New-ShellStart "`$ErrorActionPreference = 'Stop'; Import-Module '$($manifest.FullName)'; `$null = Connect-OcStore '$folder'; $script"
        $start.RedirectStandardInput = $true
        [System.Diagnostics.Process]::Start($start)
    }
}

AfterAll { Remove-TestStore $folder }

Describe 'Locks' {
    It 'are taken, listed, renewed and given back by short names' {
        $lease = lkocr orders.db -Owner ana -LeaseSeconds 30
        (gocl orders.*).Owner | Should -Be ana
        ($lease | lkocr -Renew -LeaseSeconds 300).ExpiresAt | Should -BeGreaterThan $lease.ExpiresAt
        $lease | ukocr
        gocl orders.* | Should -BeNullOrEmpty
    }

    It 'are shown in 80 columns' {
        $null = Lock-OcResource ('x' * 60) -Owner ('y' * 60)
        $claim = & { $null = New-OcTask ('z' * 200); Receive-OcTask ('w' * 60) }
        try {
            foreach ($shown in { Get-OcLock }, { $claim }, { $claim | Send-OcHeartbeat ('note ' * 50) }, { Get-OcAgent }, { (Get-OcTaskStatistic).Locks | Format-List }) {
                Measure-Width (Show $shown) | Should -BeLessOrEqual 80
            }

            Show { Get-OcLock x* } | Should -Match 'Resource +Owner +Fence Age +Expires'
            Show { Get-OcAgent } | Should -Match 'Agent +Task +Seen +Expires +Progress'
            Show { $claim } | Should -Match 'Task +Agent +Fence Expires +Name'
        }
        finally {
            Get-OcLock x* | Unlock-OcResource
            $null = $claim | Complete-OcTask
        }
    }

    It 'end with a pipeline that wants no more' {
        Use-OcLock orders.db { 1; 2; 3 } | Select-Object -First 1 | Should -Be 1
        Get-OcLock orders.db | Should -BeNullOrEmpty
        { Use-OcLock orders.db { throw 'mine' } } | Should -Throw mine
        Get-OcLock orders.db | Should -BeNullOrEmpty
    }

    It 'ask before everything is taken from an owner' {
        $null = Lock-OcResource orders.db -Owner ana
        $lines = Invoke-Shell "Import-Module '$($manifest.FullName)'; `$null = Connect-OcStore '$folder'; try { Unlock-OcResource -Owner ana -All } catch { 'asked' }"
        $lines[0] | Should -Be asked
        (Get-OcLock orders.db).Owner | Should -Be ana
        (Unlock-OcResource -Owner ana -All -PassThru -Confirm:$false).Resource | Should -Be orders.db
    }

    It 'go over parallel runspaces of the block, and are checked there' {
        $task = New-OcTask parallel
        $outcome = Use-OcLock orders.db -Owner ana {
            1 | ForEach-Object -Parallel {
                Import-Module $using:manifest.FullName
                $null = Connect-OcStore $using:folder
                Unlock-OcResource -Owner ana -All -Confirm:$false
                try { Set-OcTask ($using:task).Id -Priority 5 -ErrorAction Stop; 'written' } catch { $_.FullyQualifiedErrorId -replace ',.*' }
            }
        } -ErrorAction SilentlyContinue
        $outcome | Should -Be LeaseLost
        (Get-OcTask $task).Priority | Should -Be 0
    }

    It 'of a shell that is killed are free at once' -Skip:($IsWindows) {
        $other = Start-Shell "`$null = Lock-OcResource orders.db -Owner gone -LeaseSeconds 3600; Use-OcLock stock -Owner gone -LeaseSeconds 3600 { [Console]::Out.WriteLine('held'); [Console]::In.ReadLine() }"
        try {
            $other.StandardOutput.ReadLine() | Should -Be held
            { Lock-OcResource orders.db -Owner ana -ErrorAction Stop } | Should -Throw -ErrorId 'LockHeld*'
            (Get-OcLock).ProcessId | Select-Object -Unique | Should -Be $other.Id
            & /bin/kill -9 $other.Id
            $other.WaitForExit()

            # The lease had an hour to go: it is the death that frees it, and nothing is waited for.
            $lease = Lock-OcResource orders.db -Owner ana -ErrorAction Stop
            $lease.Owner | Should -Be ana
            Get-OcLock stock | Should -BeNullOrEmpty
            (Get-OcTaskStatistic).Locks.Expired | Should -BeGreaterOrEqual 2
            $lease | Unlock-OcResource
        }
        finally {
            if (-not $other.HasExited) { $other.Kill() }
            $other.Dispose()
        }
    }

    It 'of a shell that is killed go to the one who waits' -Skip:($IsWindows) {
        $holder = Start-Shell "Use-OcLock orders.db -Owner gone -LeaseSeconds 3600 { [Console]::Out.WriteLine('held'); [Console]::In.ReadLine() }"
        $waiter = $null
        try {
            $holder.StandardOutput.ReadLine() | Should -Be held
            $waiter = Start-Shell "[Console]::Out.WriteLine('waiting'); Use-OcLock orders.db -Owner next -WaitSeconds 600 { [Console]::Out.WriteLine((Get-OcLock orders.db).Owner) }"
            $waiter.StandardOutput.ReadLine() | Should -Be waiting
            while ((Get-OcTaskStatistic).Locks.Waiting -eq 0 -and -not $waiter.HasExited) { }
            & /bin/kill -9 $holder.Id
            $waiter.StandardOutput.ReadLine() | Should -Be next
            $waiter.WaitForExit()
            Get-OcLock orders.db | Should -BeNullOrEmpty
        }
        finally {
            foreach ($process in @($holder, $waiter).Where{ $_ }) {
                if (-not $process.HasExited) { $process.Kill() }
                $process.Dispose()
            }
        }
    }

    It 'stay, detached, when their shell is gone' {
        $other = Start-Shell "`$null = Lock-OcResource orders.db -Owner gone -Detached -LeaseSeconds 3600"
        try { $other.WaitForExit() } finally { $other.Dispose() }
        { Lock-OcResource orders.db -ErrorAction Stop } | Should -Throw -ErrorId 'LockHeld*'
        Get-OcLock -Owner gone | Unlock-OcResource
        Get-OcLock orders.db | Should -BeNullOrEmpty
    }

    It 'keep shells from counting the same' {
        $task = New-OcTask counted
        $task | Set-OcTaskState @{ n = 0 }
        $shells = 1..3 | ForEach-Object { Start-Shell "1..10 | ForEach-Object { Use-OcLock counter -WaitSeconds 120 { `$n = (Get-OcTaskState $task).Data.n; Set-OcTaskState $task @{ n = `$n + 1 } } }" }
        try { $shells | ForEach-Object { $_.WaitForExit(); $_.ExitCode } | Should -Be 0, 0, 0 } finally { $shells | ForEach-Object Dispose }
        (Get-OcTaskState $task).Data.n | Should -Be 30
    }
}

Describe 'Claims' {
    It 'are taken by workers in shells of their own, each task by one' {
        $tasks = 1..12 | New-OcTask -Owner queue
        $shells = 1..3 | ForEach-Object { Start-Shell "while (`$claim = Receive-OcTask worker-$_ -Owner queue) { [Console]::Out.WriteLine((`$claim | Complete-OcTask `$claim.AgentId).Id) }" }
        try { $done = $shells | ForEach-Object { $_.StandardOutput.ReadToEnd().Split("`n").Trim().Where{ $_ } } } finally { $shells | ForEach-Object Dispose }
        $done | Sort-Object | Should -Be ($tasks.Id | Sort-Object)
    }

    It 'come back from a file, and still are the agent''s' {
        $null = New-OcTask filed -Owner files
        $claim = Receive-OcTask ana -Owner files
        $file = Join-Path $folder claim.xml
        $claim | Export-Clixml $file
        $read = Import-Clixml $file
        $read.Task.Name | Should -Be filed
        ($read | Send-OcHeartbeat 'from a file').Attached | Should -BeTrue
        ($read | Complete-OcTask 42).Result.Data | Should -Be 42
        (Get-OcTaskHistory $claim.TaskId -Last 1).Message | Should -Be "Completed by agent 'ana'"
    }
}
