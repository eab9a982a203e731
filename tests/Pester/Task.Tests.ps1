# Tasks in a full shell: the pipeline, files and other processes.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore
}

AfterAll { Remove-TestStore $folder }

Describe 'Tasks' {
    It 'stops early with Select-Object -First' {
        1..50 | New-OcTask -Owner many | Select-Object -First 1 | Should -HaveCount 1
        Get-OcTask -Owner many | Should -HaveCount 1
    }

    It 'become JSON that reads back, without what only views show' {
        $task = New-OcTask 'As JSON' -Metadata @{ ticket = 1741; tags = 'a', 'b'; deep = @{ er = $true } }
        $json = $task | ConvertTo-Json -Depth 5
        $read = $json | ConvertFrom-Json
        $read.Id | Should -Be $task.Id
        $read.Metadata.ticket | Should -Be 1741
        $read.Metadata.tags | Should -Be 'a', 'b'
        $read.Metadata.deep.er | Should -BeTrue
        $json | Should -Not -Match '"Oc[A-Z]|\\u001b'
        ConvertTo-Json $task -Depth 5 -EnumsAsStrings | Should -Match '"Status": "Pending"'
    }

    It 'come back from a file with their values, and bind again' {
        $task = New-OcTask 'In a file' -Owner ana -Priority 3 -Metadata @{ ticket = 1741 }
        $file = Join-Path $folder 'task.xml'
        $task | Export-Clixml $file
        Get-Content $file -Raw | Should -Not -Match '"Oc[A-Z]'
        $read = Import-Clixml $file
        $read.pstypenames[0] | Should -Be 'Deserialized.OpenCode.AgentTask'
        $read.Id | Should -Be $task.Id
        $read.Owner | Should -Be 'ana'
        $read.Priority | Should -Be 3
        "$($read.Status)" | Should -Be 'Pending'
        ($read | Start-OcTask).Status | Should -Be 'Running'
        (Get-OcTask $read).Id | Should -Be $task.Id
        (Add-OcTaskLog $read 'from a file' -PassThru).Message | Should -Be 'from a file'
    }

    It 'are exported to CSV with the columns one would choose' {
        $task = New-OcTask 'In a table'
        $row = $task | Select-Object Id, Name, Status, Owner | ConvertTo-Csv | Select-Object -Skip 1
        $row | Should -Be """$($task.Id)"",""In a table"",""Pending"",""system"""
    }

    It 'are sorted, grouped and filtered like any object' {
        'c', 'a', 'b' | ForEach-Object { New-OcTask $_ -Owner sorted }
        (Get-OcTask -Owner sorted | Sort-Object Name).Name | Should -Be 'a', 'b', 'c'
        (Get-OcTask -Owner sorted | Where-Object Name -EQ b).Name | Should -Be b
        (Get-OcTask -Owner sorted | Group-Object Status -NoElement).Name | Should -Be Pending
    }
}

Describe 'The module' {
    It 'works in parallel runspaces on one store' {
        $ids = 1..8 | ForEach-Object -Parallel {
            Import-Module $using:manifest.FullName
            $null = Connect-OcStore $using:folder
            (New-OcTask "in parallel $_").Id
        } -ThrottleLimit 8
        $ids | Select-Object -Unique | Should -HaveCount 8
    }

    It 'hands objects into parallel runspaces' {
        $tasks = 1..4 | New-OcTask -Owner handed
        $started = $tasks | ForEach-Object -Parallel {
            Import-Module $using:manifest.FullName
            $null = Connect-OcStore $using:folder
            $_ | Start-OcTask
        }
        $started.Status | Select-Object -Unique | Should -Be Running
        $started.Id | Sort-Object | Should -Be ($tasks.Id | Sort-Object)
    }

    It 'works in a background job, and what the job gives binds here' {
        $job = Start-Job {
            Import-Module $using:manifest.FullName
            $null = Connect-OcStore $using:folder
            New-OcTask 'in a job' -Metadata @{ ticket = 7 }
        }
        try {
            $task = $job | Receive-Job -Wait
            $task.Name | Should -Be 'in a job'
            ($task | Add-OcAgent worker).Owner | Should -Be worker
            (Get-OcTask $task.Id).Metadata.ticket | Should -Be 7
        }
        finally { $job | Remove-Job -Force }
    }

    It 'works in a thread job' {
        if (-not (Get-Command Start-ThreadJob -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'this shell has no Start-ThreadJob'
            return
        }

        # A thread job takes whole variables only.
        $path = $manifest.FullName
        $job = Start-ThreadJob {
            Import-Module $using:path
            $null = Connect-OcStore $using:folder
            New-OcTask 'in a thread job'
        }
        try { ($job | Receive-Job -Wait).Name | Should -Be 'in a thread job' }
        finally { $job | Remove-Job -Force }
    }

    It 'works under strict mode with errors that stop' {
        Invoke-Shell "
            Set-StrictMode -Version Latest; `$ErrorActionPreference = 'Stop'
            Import-Module '$($manifest.FullName)'; `$null = Connect-OcStore '$folder'
            `$task = New-OcTask strict; `$task | Add-OcAgent a | Out-Null; `$task | Complete-OcTask -Result @{ ok = 1 } -Agent a | ForEach-Object Status
            try { Get-OcTask task_none } catch { `$_.FullyQualifiedErrorId }" | Select-Object -First 2 | Should -Be 'Completed', 'TaskNotFound,OpenCode.Cmdlets.Commands.GetOcTaskCommand'
    }

    It 'is found by the name of a command, as an installed module is' {
        $modules = (Split-Path (Split-Path (Split-Path $manifest.FullName))) + [System.IO.Path]::PathSeparator + $env:PSModulePath
        $found = Invoke-Shell '(Get-Command ruoct).ResolvedCommandName; (Get-Module OpenCode -ListAvailable).Name; $null = New-OcTask x -WhatIf; (Get-Module OpenCode).Name' @{ PSModulePath = $modules } | Where-Object { $_ }
        $found[0] | Should -Be 'Resume-OcTask'
        $found[1] | Should -Be 'OpenCode'
        $found[-1] | Should -Be 'OpenCode'
    }

    It 'has short names that follow the verbs, and takes none of the shell''s' {
        $builtIn = Invoke-Shell '(Get-Alias).Name'
        foreach ($alias in (Get-Module OpenCode).ExportedAliases.Values) {
            $alias.Name | Should -Not -BeIn $builtIn
            $prefix = (Get-Verb (($alias.Definition -split '-')[0])).AliasPrefix
            $alias.Name | Should -BeLike "${prefix}oc*" -Because "it stands for $($alias.Definition)"
        }
    }
}
