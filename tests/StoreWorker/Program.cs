using System.Globalization;
using OpenCode.Tests.StoreWorker;

// One process of a test with many. The first argument says what to do; answers are lines on standard output.
return args switch
{
    ["life", var root, var acknowledgements, var trace, var dieAt] =>
        await new LifeRun(root, acknowledgements, trace).RunAsync(Life.Operations, Story.TellAsync, new Death(int.Parse(dieAt, CultureInfo.InvariantCulture))),
    ["shift", var root, var acknowledgements, var trace, var dieAt] => await ShiftAsync(new LifeRun(root, acknowledgements, trace), new Death(int.Parse(dieAt, CultureInfo.InvariantCulture))),
    ["sandbox", var root, var image, var acknowledgements, var trace, var dieAt] =>
        await SandboxLife.RunAsync(SandboxLife.Configuration(root, image), SandboxLife.Operations, SandboxLife.Steps, acknowledgements, trace, int.Parse(dieAt, CultureInfo.InvariantCulture)),
    ["pool", var root, var image, var acknowledgements, var trace, var dieAt] =>
        await SandboxLife.RunAsync(PoolLife.Configuration(root, image), PoolLife.Operations, PoolLife.Steps, acknowledgements, trace, int.Parse(dieAt, CultureInfo.InvariantCulture)),
    ["create", var root, var count, var name] => await Load.CreateAsync(root, int.Parse(count, CultureInfo.InvariantCulture), name),
    ["race", var root, var agent] => await Load.RaceAsync(root, agent),
    ["change", var root, var task] => await Load.ChangeAsync(root, task),
    ["block", var root, var resource, var task] => await Load.BlockAsync(root, resource, task),
    ["hold", var root] => await Load.HoldGateAsync(root),
    _ => Usage(),
};

// What the others are told is told on standard output.
static Task<int> ShiftAsync(LifeRun run, Death death) => run.RunAsync(
    Shift.Operations(async moment =>
    {
        death.Reached(moment);
        await Console.Out.WriteLineAsync(moment);
    }),
    ShiftStory.TellAsync,
    death);

static int Usage()
{
    Console.Error.WriteLine("usage: life|shift ROOT ACKS TRACE DIE-AT | sandbox|pool ROOT IMAGE ACKS TRACE DIE-AT | create ROOT COUNT NAME | race ROOT AGENT | change ROOT TASK | block ROOT RESOURCE TASK | hold ROOT");
    return 2;
}
