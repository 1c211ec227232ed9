using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Sets VER_FLG_WEAK on one needed symbol version of an ELF library (section .gnu.version_r), so that a loader whose libstdc++ lacks
/// that version warns nobody and goes on. A link into the package cache is replaced by a changed copy.
/// </summary>
public sealed class WeakenGlibcxxVersion : Task
{
    private const uint NeededVersions = 0x6ffffffe;                                     // SHT_GNU_verneed
    private const ushort Weak = 0x2;                                                    // VER_FLG_WEAK

    private static readonly string[] Folders = { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/lib" };

    /// <summary>The library in the build's output.</summary>
    public string Library { get; set; }

    /// <summary>The version that may be missing.</summary>
    public string Version { get; set; }

    /// <summary>Even where the machine has that version (for tests).</summary>
    public bool Always { get; set; }

    public override bool Execute()
    {
        if (!Always && MachineHasVersion())
            return true;
        var bytes = File.ReadAllBytes(Library);
        var flags = FindFlags(bytes);
        if (flags < 0 || (BitConverter.ToUInt16(bytes, flags) & Weak) != 0)
            return true;
        bytes[flags] |= (byte)Weak;
        var written = File.GetLastWriteTimeUtc(Library);
        var beside = Library + ".writing." + System.Diagnostics.Process.GetCurrentProcess().Id;
        File.WriteAllBytes(beside, bytes);
        File.SetLastWriteTimeUtc(beside, written);                                      // an unchanged time and size keep later builds from linking it again
        File.Delete(Library);
        File.Move(beside, Library);
        Log.LogMessage(MessageImportance.Normal, "{0}: {1} is now weak, because this machine's libstdc++ is older", Library, Version);
        return true;
    }

    private bool MachineHasVersion()
    {
        var library = Folders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        return library != null && Encoding.ASCII.GetString(File.ReadAllBytes(library)).Contains(Version + "\0");
    }

    private int FindFlags(byte[] elf)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1)
            return -1;                                                                  // not a little-endian 64-bit ELF
        var sections = (int)BitConverter.ToUInt64(elf, 40);
        int size = BitConverter.ToUInt16(elf, 58), count = BitConverter.ToUInt16(elf, 60);
        for (var i = 0; i < count; i++)
        {
            var section = sections + (i * size);
            if (BitConverter.ToUInt32(elf, section + 4) != NeededVersions)
                continue;
            var names = (int)BitConverter.ToUInt64(elf, sections + ((int)BitConverter.ToUInt32(elf, section + 40) * size) + 24);
            var need = (int)BitConverter.ToUInt64(elf, section + 24);
            for (uint next = 1; next != 0; need += (int)next)
            {
                var entry = need + (int)BitConverter.ToUInt32(elf, need + 8);
                for (var left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
                {
                    var name = names + (int)BitConverter.ToUInt32(elf, entry + 8);
                    var end = Array.IndexOf(elf, (byte)0, name);
                    if (Encoding.ASCII.GetString(elf, name, end - name) == Version)
                        return entry + 4;
                    entry += (int)BitConverter.ToUInt32(elf, entry + 12);
                }

                next = BitConverter.ToUInt32(elf, need + 12);
            }
        }

        return -1;
    }
}
