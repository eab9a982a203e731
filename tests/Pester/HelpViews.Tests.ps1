# The help as a full shell shows it: Get-Help's views are not part of a bare engine.
BeforeAll {
    $manifest = $env:OPENCODE_TEST_MODULE ? $env:OPENCODE_TEST_MODULE : (Get-ChildItem (Join-Path $PSScriptRoot .. .. out OpenCode) -Filter OpenCode.psd1 -Recurse | Sort-Object FullName | Select-Object -Last 1).FullName
    Import-Module $manifest -Force
    if ($PSStyle) { $PSStyle.OutputRendering = 'PlainText' }
}

AfterAll {
    Remove-Module OpenCode
}

Describe 'Get-Help' {
    It 'shows all of New-OcTask' {
        $text = Get-Help New-OcTask -Full | Out-String -Width 120
        foreach ($heading in 'NAME', 'SYNOPSIS', 'SYNTAX', 'DESCRIPTION', 'PARAMETERS', 'INPUTS', 'OUTPUTS', 'NOTES', 'RELATED LINKS') {
            $text | Should -MatchExactly "(?m)^$heading\s*$"
        }

        $text | Should -Match '(?m)^SYNOPSIS\s+Creates a task\.\s*$'
        $text | Should -Match '(?m)^\s+New-OcTask \[-Name\] <String> \[-Id <String>\]'
        $text | Should -Match 'TaskExists'
    }

    It 'shows a parameter with its default and what it takes' {
        $text = Get-Help Get-OcTask -Parameter Id | Out-String -Width 120
        $text | Should -Match '(?m)^-Id <TaskIdentity\[\]>'
        $text | Should -Match 'Required\?\s+false'
        $text | Should -Match 'Position\?\s+0'
        $text | Should -Match 'Default value\s+all tasks'
        $text | Should -Match 'Accept pipeline input\?\s+True \(ByPropertyName, ByValue\)'
        $text | Should -Match 'Aliases\s+TaskId, Task'
        $text | Should -Match 'Accept wildcard characters\?\s+true'
    }

    It 'shows the values a parameter takes in the syntax' {
        Get-Help New-OcTask | Out-String -Width 300 | Should -Match '\[-Mode \{Exclusive \| Collaborative\}\]'
    }

    It 'shows examples with their output, apart from each other' {
        $text = Get-Help New-OcTask -Examples | Out-String -Width 120
        $text | Should -Match '(?m)^\s+-+ Example 1: Create a task -+\s*$'
        $text | Should -Match "(?m)^\s+'Orders', 'Invoices', 'Stock' \| New-OcTask -Owner ana -Priority 5\s*$"
        $text | Should -Match '(?m)^\s+Id +Status +Age +Agents +Name\s*$'
        $text | Should -Match '(?m)^\s*\r?\n\s+-+ Example 2: '
    }

    It 'gives both parameter sets of Complete-OcTask' {
        ([regex]::Matches((Get-Help Complete-OcTask | Out-String -Width 300), '(?m)^\s+Complete-OcTask \[-Task\]')).Count | Should -Be 2
    }

    It 'knows the help by an alias' {
        (Get-Help noct).Name | Should -Be 'New-OcTask'
    }

    It 'finds the topics by pattern' {
        (Get-Help 'about_OpenCode*').Name | Sort-Object | Should -Be @(
            'about_OpenCode', 'about_OpenCode_Configuration', 'about_OpenCode_Hooks', 'about_OpenCode_Locks', 'about_OpenCode_Sandboxes', 'about_OpenCode_Tasks')
    }

    It 'shows a topic in 80 columns' {
        $lines = (Get-Help about_OpenCode | Out-String -Width 200) -split '\r?\n'
        $lines[0] | Should -Be 'TOPIC'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
    }
}
