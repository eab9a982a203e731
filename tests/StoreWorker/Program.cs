using System.Globalization;
using OpenCode.Tests.StoreWorker;

// One process of a test with many. The first argument says what to do; answers are lines on standard output.
return args switch
{
    ["life", var root, var acknowledgements, var trace, var dieAt] =>
        await Life.RunAsync(root, acknowledgements, trace, int.Parse(dieAt, CultureInfo.InvariantCulture)),
    ["create", var root, var count, var name] => await Load.CreateAsync(root, int.Parse(count, CultureInfo.InvariantCulture), name),
    ["race", var root, var agent] => await Load.RaceAsync(root, agent),
    ["change", var root, var task] => await Load.ChangeAsync(root, task),
    ["hold", var root] => await Load.HoldGateAsync(root),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: life ROOT ACKS TRACE DIE-AT | create ROOT COUNT NAME | race ROOT AGENT | change ROOT TASK | hold ROOT");
    return 2;
}
