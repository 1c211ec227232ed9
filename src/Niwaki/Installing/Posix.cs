using System.Runtime.InteropServices;

namespace Niwaki;

/// <summary>What .NET does not offer of a file system: a link that replaces another in one step, and a folder that is on the disk when the power goes.</summary>
internal static partial class Posix
{
    private const int CloseOnExec = 0x80000;

    /// <summary>Gives a file, folder or link another name; what had that name is replaced in the same step.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void Rename(string from, string to)
    {
        if (RenameFile(from, to) != 0)
            throw Refused(to);
    }

    /// <summary>Waits until a folder's names are on the disk.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void Sync(string folder)
    {
        var file = OpenFile(folder, OperatingSystem.IsLinux() ? CloseOnExec : 0);
        if (file < 0)
            throw Refused(folder);
        var synced = SyncFile(file);
        var error = Marshal.GetLastPInvokeError();
        _ = CloseFile(file);
        if (synced != 0)
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{folder}'");
    }

    private static IOException Refused(string path) => new($"{Marshal.GetLastPInvokeErrorMessage()} : '{path}'");

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncFile(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int file);
}
