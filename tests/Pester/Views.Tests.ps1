# What a person sees: tables, lists, wide views, colours.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore
    $escape = [char] 27
    $task = New-OcTask 'Read the manual' -Owner ana -Metadata @{ chapter = 3 }
    $lease = $task | Add-OcAgent reader
    $lease | Add-OcTaskLog 'Began to read.' -Level Warn
    $lease | Add-OcTaskDecision 'Skip the preface.' -Reasoning 'It says nothing.'
    $checkpoint = $task | New-OcCheckpoint 'At the beginning'
}

AfterAll { Remove-TestStore $folder }

Describe 'Tables' {
    It 'of tasks fit 80 columns, with whole ids and relative ages' {
        $text = Show { Get-OcTask }
        $text | Should -Match 'Id +Status +Age +Agents +Name'
        $text | Should -Match "$($task.Id) Running +(now|\d+ (s|min) ago) +\{reader\} +Read the manual"
        Measure-Width $text | Should -BeLessOrEqual 80
    }

    It 'of a history have time, level and message, and wrap what is long' {
        Show { Get-OcTaskHistory $task } | Should -Match '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z +Warn +Began to read\.'
        $task | Add-OcTaskLog ('A long line. ' * 12 + 'The end.')
        $text = Show { Get-OcTaskHistory $task -Last 1 }
        $text | Should -Match 'The end\.'
        Measure-Width $text | Should -BeLessOrEqual 80
    }

    It 'of leases, checkpoints, decisions, settings and stores fit 80 columns, with whole ids' {
        Show { $lease } | Should -Match "task:$($task.Id) reader +\d+ +(now|\d+ s ago) +in 29 min"
        Show { $checkpoint } | Should -Match "$($checkpoint.Id) (now|\d+ (s|min) ago) +At the beginning"
        Show { Get-OcTaskDecision $task | Format-Table } | Should -Match 'ago|now +reader +Skip the preface\.'
        Show { Get-OcConfiguration } | Should -Match 'docker\.defaultResourceLimits\.pidsLimit +100 +default'
        Show { Connect-OcStore $folder } | Should -Match 'StoreId +DataRoot'
        foreach ($shown in { $lease }, { $checkpoint }, { Get-OcTaskDecision $task | Format-Table }, { Get-OcConfiguration }, { $task | Repair-OcTask }, { Get-OcTaskState $task | Format-Table }) {
            Measure-Width (Show $shown) | Should -BeLessOrEqual 80 -Because "$shown"
        }
    }
}

Describe 'Lists' {
    It 'show all of a task, metadata as JSON' {
        $text = Show { Get-OcTask $task | Format-List }
        $text | Should -Match 'Metadata +: \{"chapter":3\}'
        $text | Should -Match 'Owner +: ana'
        $text | Should -Match 'CreatedAt +:'
    }

    It 'show a decision, its text under the name Decision' {
        $text = Show { Get-OcTaskDecision $task }
        $text | Should -Match 'Decision +: Skip the preface\.'
        $text | Should -Match 'Reasoning : It says nothing\.'
        (Get-OcTaskDecision $task).Decision | Should -Be 'Skip the preface.'
    }

    It 'show a state with its data as JSON, and a checkpoint with its files' {
        Show { Get-OcTaskState $task } | Should -Match 'Data +: \{\}'
        Show { $checkpoint | Format-List } | Should -Match 'Files +: \{.*state\.json.*\}'
    }

    It 'show what a restore did, with whole ids' {
        $other = New-OcTask 'to restore'
        $point = $other | New-OcCheckpoint one
        $text = Show { $point | Restore-OcCheckpoint -Confirm:$false }
        $text | Should -Match "Task +: $($other.Id)"
        $text | Should -Match "Restored +: $($point.Id)"
        $text | Should -Match 'SavedAs +: checkpoint_'
    }
}

Describe 'Wide views' {
    It 'show names of tasks' {
        Show { Get-OcTask | Format-Wide -Column 2 } | Should -Match 'Read the manual'
        Show { $checkpoint | Format-Wide } | Should -Match $checkpoint.Id
    }
}

Describe 'Every type that a cmdlet writes' {
    It 'has a view' {
        $types = (Get-Command -Module OpenCode -CommandType Cmdlet).OutputType.Type | Where-Object { $_ -and $_.FullName -like 'OpenCode.*' } | Sort-Object FullName -Unique
        $types.Count | Should -BeGreaterThan 8
        $missing = $types | Where-Object { -not (Get-FormatData $_.FullName -PowerShellVersion $PSVersionTable.PSVersion) } | ForEach-Object FullName
        $missing | Should -BeNullOrEmpty
    }

    It 'shows no member that only views need' {
        ($task | Get-Member).Name | Should -Not -Match '^Oc[A-Z]'
        ($task | Select-Object *).psobject.Properties.Name | Should -Not -Match '^Oc[A-Z]'
        $task.OcAge | Should -Match 'now|ago'
    }
}

Describe 'Colours' {
    It 'tell the status, and take no room' {
        $text = Show { Get-OcTask $task } 80 Ansi
        $text | Should -Match "$escape\[36mRunning"
        $text -replace "$escape\[[0-9;]*m" | Should -Match "$($task.Id) Running +(now|\d+ (s|min) ago) +\{reader\} +Read the manual"
        Show { Get-OcTaskHistory $task -Level Warn } 80 Ansi | Should -Match "$escape\[33mWarn"
    }

    It 'are not there in plain text' {
        Show { Get-OcTask $task } 80 PlainText | Should -Not -Match $escape
        Show { Get-OcTask $task | Format-List } 80 PlainText | Should -Not -Match $escape
    }

    It 'are not written to a file' {
        $file = Join-Path $folder 'shown.txt'
        Invoke-Shell "Import-Module '$($manifest.FullName)'; `$null = Connect-OcStore '$folder'; Get-OcTask $($task.Id) > '$file'; Get-OcTaskHistory $($task.Id) | Out-File '$file' -Append"
        $shown = Get-Content $file -Raw
        $shown | Should -Match "$($task.Id) Running"
        $shown | Should -Match 'Warn +Began to read'
        $shown | Should -Not -Match $escape
    }

    It 'obey NO_COLOR, also where they could be shown' {
        $script = "Import-Module '$($manifest.FullName)'; `$null = Connect-OcStore '$folder'; `$PSStyle.OutputRendering; Get-OcTask $($task.Id) | Out-String"
        $shown = (Invoke-Shell $script @{ NO_COLOR = '1' }) -join "`n"
        $shown | Should -Match PlainText
        $shown | Should -Not -Match $escape
    }
}

Describe 'What agents write' {
    It 'steers no terminal, wherever it is shown' {
        $bad = "a$escape[2Jb$([char] 0x9b)1mc`rd$([char] 0x202e)e"
        $shown = 'a\u241b\[2Jb\ufffd1mc\u240dd\ufffde'
        $other = New-OcTask 'written by an agent' -Description $bad
        $held = $other | Add-OcAgent writer
        $null = $held | Send-OcHeartbeat -Progress $bad
        $held | Add-OcTaskLog $bad
        $held | Add-OcTaskDecision $bad -Reasoning $bad
        $point = $other | New-OcCheckpoint $bad
        $all = Show {
            Get-OcTask $other | Format-List
            Get-OcTaskHistory $other
            Get-OcTaskHistory $other | Format-List
            Get-OcTaskDecision $other
            Get-OcTaskDecision $other | Format-Table
            Get-OcAgent -Task $other | Format-List
            $point
            $point | Format-List
            $other | Complete-OcTask -ErrorMessage $bad | Format-List
        } 200 Ansi
        ([regex]::Matches($all, $shown)).Count | Should -BeGreaterOrEqual 9
        $all -replace "$escape\[[0-9;]*m" | Should -Not -Match "[$escape$([char] 0x9b)$([char] 0x202e)]"
    }
}
