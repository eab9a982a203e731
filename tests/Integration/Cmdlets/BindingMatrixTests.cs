using System.Globalization;
using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Every cmdlet that takes a task takes it in every form, and refuses in the same way what names none. PipelineTests has the objects that belong to a task; SerializationTests those of a job or a file.</summary>
[Collection(HostingCollection.Name)]
public sealed class BindingMatrixTests
{
    private const string Story = "Get-OcTask | % { \"$($_.Id) $($_.Version)\"; (Get-OcTaskState $_).Checksum; Get-OcTaskHistory $_ | % Message; Get-OcTaskDecision $_ | % Text; Get-OcCheckpoint $_ | % Id }";

    public static TheoryData<string> Cmdlets => [.. TaskCall.All.Select(static call => call.Cmdlet)];

    [Fact]
    public void EveryCmdletOfATask_isInTheMatrix()
    {
        using var shell = ModuleShell.Imported();

        // What New-OcTask is given is the id of a task that is not there yet; the tasks it depends on are in DependencyTests.
        var taking = shell.Run("Get-Command -Module OpenCode -CommandType Cmdlet").Select(static c => (CmdletInfo)c.BaseObject)
            .Where(static c => c.Name != "New-OcTask" && c.Parameters.Values.Any(IsTask)).Select(static c => c.Name);
        Assert.Equal(taking.Order(), TaskCall.All.Select(static call => call.Cmdlet).Order());
        Assert.Equal(["Get-OcTask", "Measure-OcSandbox", "Wait-OcTask"], TaskCall.All.Select(static call => call.Cmdlet).Where(cmdlet => Parameter(shell, cmdlet).Many));
        Assert.Equal(["Get-OcTask"], TaskCall.All.Select(static call => call.Cmdlet).Where(cmdlet => Parameter(shell, cmdlet).Wildcards));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Task_inAnyForm_isTheOneActedOn(string cmdlet)
    {
        var call = TaskCall.Of(cmdlet);
        using var shell = Connected();
        var number = 0;
        foreach (var (form, both) in Forms(Parameter(shell, cmdlet), cmdlet))
        {
            number++;
            shell.Run($$"""
                $all = foreach ($end in 'one', 'other', 'third') { $t = New-OcTask x -Id "r{{number}}-$end"; {{call.Prepare}}; $t.Id }
                $a, $b = Get-OcTask $all[0], $all[1]
                $prefix = 'r{{number}}-on'; $pattern = 'r{{number}}-o*'
                """);
            shell.Run($"$out = @({Script(form, call, "-ErrorAction SilentlyContinue -ErrorVariable failures")})");
            string[] expected = both ? [$"r{number}-one", $"r{number}-other"] : [$"r{number}-one"];
            Assert.Equal($"{form}: {string.Join(' ', expected)}", $"{form}: {string.Join(' ', shell.Texts(call.Acted).Order())}");
            Assert.Equal(call.Failure is null ? [] : expected.Select(_ => call.Failure), shell.Texts("$failures | % { $_.FullyQualifiedErrorId.Split(',')[0] }"));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void WhatNamesNoTask_isRefused_andNothingIsDone(string cmdlet)
    {
        var call = TaskCall.Of(cmdlet);
        using var shell = Connected();
        shell.Run($$"""$a, $b = foreach ($end in 'one', 'other') { $t = New-OcTask x -Id "r-$end"; {{call.Prepare}}; $t }""");
        var before = shell.Texts(Story);
        foreach (var (form, refusal) in Refusals(Parameter(shell, cmdlet)))
        {
            var error = shell.Error(Script(form, call, ""));
            Assert.Equal($"{form}: {refusal}", $"{form}: {Refusal.Of(error)}");
            Assert.EndsWith($".{cmdlet.Replace("-", "", StringComparison.Ordinal)}Command", error.FullyQualifiedErrorId);
        }

        Assert.Equal(before, shell.Texts(Story));
    }

    [Fact]
    public void Refusal_saysTheWayOut()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$a, $b = 'a', 'b' | New-OcTask");
        Assert.Contains("through the pipeline", shell.Error("Start-OcTask $a, $b").ToString());
        Assert.Contains("'@{Name=a}' names no task: no property TaskId, Task or Id", shell.Error("[pscustomobject]@{ Name = 'a' } | Start-OcTask").ToString());
        Assert.Contains("'Version' names no task. Give a task", shell.Error("[version]'1.2' | Start-OcTask").ToString());
        Assert.Contains("'Version' names no checkpoint. Give a checkpoint", shell.Error("[version]'1.2' | Restore-OcCheckpoint -Confirm:$false").ToString());
    }

    private static IEnumerable<(string Form, bool Both)> Forms(Taking task, string cmdlet)
    {
        foreach (var given in (string[])["$a.Id", "$prefix", "$a"])
        {
            yield return ($"{{0}} -Task {given} {{1}}", false);
            yield return ($"{given} | {{0}} {{1}}", false);
        }

        // Get-OcAgent is about agents first.
        if (cmdlet != "Get-OcAgent")
        {
            yield return ("{0} $a {1}", false);
        }

        foreach (var property in (string[])["TaskId = $a.Id; Id = 'exec_other'", "Id = $a.Id", "Id = $prefix", "Task = $a"])
        {
            yield return ($"[pscustomobject]@{{{{ {property} }}}} | {{0}} {{1}}", false);
        }

        yield return ("$a, $b | {0} {1}", true);
        yield return ("$b.Id, $a | {0} {1}", true);
        yield return ("$a, $b | % {{ [pscustomobject]@{{ TaskId = $_.Id }} }} | {0} {1}", true);
        if (task.Many)
        {
            yield return ("{0} -Task $b, $a.Id {1}", true);
            yield return (", ($a, $b) | {0} {1}", true);
        }

        if (task.Wildcards)
        {
            yield return ("{0} -Task $pattern {1}", true);
            yield return ("$pattern | {0} {1}", true);
        }
    }

    private static IEnumerable<(string Form, string Refusal)> Refusals(Taking task)
    {
        List<(string Given, string Refusal)> refusals =
        [
            ("$null", "ParameterArgumentValidationError InvalidData"),
            ("''", "InvalidArgument InvalidArgument String"),
            ("'r-o'", "InvalidArgument InvalidArgument String r-o"),
            ("'../r-one'", "InvalidArgument InvalidArgument String ../r-one"),
            ("'nonesuch'", "TaskNotFound ObjectNotFound String nonesuch"),
            ("([version]'1.2')", "InvalidArgument InvalidArgument Version 1.2"),
            ("([pscustomobject]@{{ Name = 'r-one' }})", "InvalidArgument InvalidArgument PSCustomObject @{Name=r-one}"),
        ];
        if (!task.Wildcards)
        {
            refusals.Add(("'r-o*'", "InvalidArgument InvalidArgument String r-o*"));
        }

        foreach (var (given, refusal) in refusals)
        {
            yield return ($"{{0}} -Task {given} {{1}}", refusal);
            yield return ($"{given} | {{0}} {{1}}", refusal);
        }

        if (task.Many)
        {
            yield return ("{0} -Task @($null) {1}", "ParameterArgumentValidationError InvalidData");
            yield return ("[pscustomobject]@{{ TaskId = $null }} | {0} {1}", "ParameterArgumentValidationError InvalidData PSCustomObject @{TaskId=}");
        }
        else
        {
            yield return ("{0} -Task $a, $b {1}", "InvalidArgument InvalidArgument Object[] r-one r-other");
            yield return ("[pscustomobject]@{{ TaskId = $null }} | {0} {1}", "InvalidArgument InvalidArgument PSCustomObject @{TaskId=}");
        }
    }

    private static string Script(string form, TaskCall call, string common) => string.Format(CultureInfo.InvariantCulture, form, call.Cmdlet, $"{call.Arguments} {common}");

    private static bool IsTask(ParameterMetadata parameter) =>
        parameter.Name is "Task" or "TaskId" || parameter.Aliases.Any(static alias => alias is "Task" or "TaskId") || (parameter.ParameterType.GetElementType() ?? parameter.ParameterType).Name == "TaskIdentity";

    private static Taking Parameter(ModuleShell shell, string cmdlet)
    {
        var parameters = shell.One<CmdletInfo>($"Get-Command {cmdlet}").Parameters;
        var task = parameters.Values.Single(static p => p.Name == "Task" || p.Aliases.Contains("Task"));
        return new Taking(task.ParameterType.IsArray, task.Attributes.OfType<SupportsWildcardsAttribute>().Any());
    }

    private static ModuleShell Connected()
    {
        var shell = ModuleShell.Imported();
        shell.Run($"$null = Connect-OcStore '{shell.Folder}' -DockerEndpoint unix:///nonexistent/docker.sock");
        return shell;
    }

    private sealed record Taking(bool Many, bool Wildcards);
}
