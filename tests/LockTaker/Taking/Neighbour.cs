using System.Security.Cryptography;

namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>Somebody else on the same disk, who works as a version control does: many small files written, renamed, read back, compared and removed.</summary>
internal static class Neighbour
{
    private const int Files = 200;

    public static async Task<int> RunAsync(string folder, int seed)
    {
        var random = new Random(seed);
        var stop = Task.Run(() => Console.In.ReadToEnd());
        Console.Out.WriteLine("ready");
        while (!stop.IsCompleted)
        {
            var round = Directory.CreateDirectory(Path.Combine(folder, Path.GetRandomFileName()));
            var sums = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            for (var i = 0; i < Files && !stop.IsCompleted; i++)
            {
                var content = new byte[random.Next(200, 20_000)];
                random.NextBytes(content);
                var name = Convert.ToHexString(SHA256.HashData(content));
                var part = Directory.CreateDirectory(Path.Combine(round.FullName, name[..2]));
                var temporary = Path.Combine(part.FullName, name + ".new");
                await File.WriteAllBytesAsync(temporary, content);
                File.Move(temporary, Path.Combine(part.FullName, name));
                sums[Path.Combine(part.FullName, name)] = SHA256.HashData(content);
            }

            foreach (var (file, sum) in sums)
            {
                if (!SHA256.HashData(await File.ReadAllBytesAsync(file)).AsSpan().SequenceEqual(sum))
                {
                    await Console.Error.WriteLineAsync($"'{file}' does not hold what was written.");
                    return 3;
                }
            }

            round.Delete(recursive: true);
        }

        return 0;
    }
}
