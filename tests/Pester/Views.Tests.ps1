# What only a full shell shows: the views, and the module from where a user finds it. Runs wherever pwsh and Pester are installed, after `dotnet build`.
BeforeAll {
    $manifest = Get-ChildItem (Join-Path $PSScriptRoot .. .. out OpenCode) -Filter OpenCode.psd1 -Recurse | Sort-Object FullName | Select-Object -Last 1
    Import-Module $manifest.FullName -Force
    $folder = Join-Path ([System.IO.Path]::GetTempPath()) "oc-pester-$([guid]::NewGuid().ToString('n'))"
    $null = Connect-OcStore $folder
    if ($PSStyle) { $PSStyle.OutputRendering = 'PlainText' }
    function Show([scriptblock] $script, [int] $width = 120) { & $script | Out-String -Width $width }
}

AfterAll {
    Remove-Module OpenCode
    Remove-Item $folder -Recurse -Force
}

Describe 'Views' {
    BeforeAll {
        $task = New-OcTask 'Read the manual' -Owner ana -Metadata @{ chapter = 3 }
        $lease = $task | Add-OcAgent reader
        $lease | Add-OcTaskLog 'Began to read.' -Level Warn
        $lease | Add-OcTaskDecision 'Skip the preface.' -Reasoning 'It says nothing.'
        $checkpoint = $task | New-OcCheckpoint 'At the beginning'
    }

    It 'shows tasks as a table that fits 80 columns' {
        $text = Show { Get-OcTask } 80
        $text | Should -Match 'Id +Status +Owner +Agents +Name'
        $text | Should -Match "$($task.Id) Running +ana +\{reader\} +Read the"
    }

    It 'shows all of a task as a list, metadata as JSON' {
        $text = Show { Get-OcTask $task | Format-List }
        $text | Should -Match 'Metadata +: \{"chapter":3\}'
        $text | Should -Match 'CreatedAt +:'
    }

    It 'shows a history with time, level and message' {
        Show { Get-OcTaskHistory $task } | Should -Match '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z +Warn +Began to read\.'
    }

    It 'shows a decision as a list, its text under the name Decision' {
        $text = Show { Get-OcTaskDecision $task }
        $text | Should -Match 'Decision +: Skip the preface\.'
        $text | Should -Match 'Reasoning : It says nothing\.'
        (Get-OcTaskDecision $task).Decision | Should -Be 'Skip the preface.'
    }

    It 'shows leases, checkpoints, states, settings and stores' {
        Show { $lease } | Should -Match 'Resource +Owner +Fence +Expires'
        Show { $checkpoint } | Should -Match "$($checkpoint.Id) .*At the beginning"
        Show { Get-OcTaskState $task } | Should -Match 'Data +: \{\}'
        Show { Get-OcConfiguration } | Should -Match 'dataRoot +.*parameter'
        Show { Connect-OcStore $folder } | Should -Match 'StoreId +DataRoot'
    }

    It 'shows what a restore did' {
        $lease | Remove-OcAgent
        Show { $checkpoint | Restore-OcCheckpoint -Confirm:$false } 160 | Should -Match "$($task.Id) $($checkpoint.Id) checkpoint_"
    }
}

Describe 'Module' {
    It 'stops early with Select-Object -First' {
        1..50 | New-OcTask -Owner many | Select-Object -First 1 | Should -HaveCount 1
        Get-OcTask -Owner many | Should -HaveCount 1
    }

    It 'works in parallel runspaces on one store' {
        $ids = 1..8 | ForEach-Object -Parallel {
            Import-Module $using:manifest.FullName
            $null = Connect-OcStore $using:folder
            (New-OcTask "in parallel $_").Id
        } -ThrottleLimit 8
        $ids | Select-Object -Unique | Should -HaveCount 8
    }

    It 'is found by the name of a command, as an installed module is' {
        $here = $env:PSModulePath
        $env:PSModulePath = (Join-Path $PSScriptRoot .. .. out) + [System.IO.Path]::PathSeparator + $here
        try {
            [array] $found = & (Get-Process -Id $PID).Path -NoProfile -Command '(Get-Command ruoct).ResolvedCommandName; (Get-Module OpenCode -ListAvailable).Name; $null = New-OcTask x -WhatIf; (Get-Module OpenCode).Name'
        }
        finally { $env:PSModulePath = $here }
        $found[0] | Should -Be 'Resume-OcTask'
        $found[1] | Should -Be 'OpenCode'
        $found[-1] | Should -Be 'OpenCode'
    }
}
