using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>A real terminal, with somebody who types and reads at it.</summary>
internal sealed partial class Pty : IDisposable
{
    private const int ReadWrite = 2; // O_RDWR
    private const int NotOurs = 0x100; // O_NOCTTY
    private const nuint SetSize = 0x5414; // TIOCSWINSZ

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly SafeFileHandle _other;
    private readonly FileStream _master;
    private readonly StringBuilder _shown = new();

    public Pty(int columns, int rows)
    {
        var master = OpenMaster(ReadWrite | NotOurs);
        var name = new byte[128];
        Assert.True(master >= 0 && Grant(master) == 0 && Unlock(master) == 0 && Name(master, name, (nuint)name.Length) == 0);
        Path = Encoding.ASCII.GetString(name, 0, Array.IndexOf(name, (byte)0));
        _master = new FileStream(new SafeFileHandle(master, true), FileAccess.ReadWrite, 0);
        // Held open, so that its settings can be asked for at any time.
        _other = new SafeFileHandle(Open(Path, ReadWrite | NotOurs), true);
        Resize(columns, rows);
        new Thread(Read) { IsBackground = true }.Start();
    }

    public string Path { get; }

    /// <summary>Everything that was shown so far.</summary>
    public string Shown
    {
        get
        {
            lock (_shown)
            {
                return _shown.ToString();
            }
        }
    }

    /// <summary>The terminal's settings.</summary>
    public byte[] Settings()
    {
        var settings = new byte[256];
        Assert.Equal(0, Attributes(_other, settings));
        return settings;
    }

    /// <summary>Starts a program that has this for its terminal.</summary>
    public Process Start(params string[] program) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec setsid -c \"$@\" <\"$0\" >\"$0\" 2>&1", Path, .. program]))!;

    public void Type(string text)
    {
        _master.Write(Encoding.UTF8.GetBytes(text));
        _master.Flush();
    }

    public void Resize(int columns, int rows) => Assert.Equal(0, Control((int)_master.SafeFileHandle.DangerousGetHandle(), SetSize, [(ushort)rows, (ushort)columns, 0, 0]));

    /// <summary>Waits until something is shown.</summary>
    public void WaitFor(string text)
    {
        var began = Stopwatch.StartNew();
        lock (_shown)
        {
            while (!_shown.ToString().Contains(text, StringComparison.Ordinal))
            {
                if (!Monitor.Wait(_shown, Longest) || began.Elapsed > Longest)
                {
                    Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"'{text}' was not shown within {Longest.TotalSeconds} s, but: {_shown}"));
                }
            }
        }
    }

    public void Dispose()
    {
        _other.Dispose();
        _master.Dispose();
    }

    private void Read()
    {
        var piece = new byte[4096];
        try
        {
            for (var read = _master.Read(piece); read > 0; read = _master.Read(piece))
            {
                lock (_shown)
                {
                    _shown.Append(Encoding.UTF8.GetString(piece, 0, read));
                    Monitor.PulseAll(_shown);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Grant(int descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unlock(int descriptor);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Name(int descriptor, [In, Out] byte[] name, nuint length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Attributes(SafeFileHandle descriptor, [In, Out] byte[] settings);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int descriptor, nuint request, [In] ushort[] size);
}
