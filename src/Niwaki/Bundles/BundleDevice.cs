namespace Niwaki;

/// <summary>What a bundle was made for.</summary>
/// <param name="Name">The device's name: <c>jetson-nano-4gb</c>.</param>
/// <param name="Platform">What its programs are compiled for: <see cref="LinuxArm64"/> or <see cref="LinuxX64"/>.</param>
/// <param name="Threads">Threads for the engine.</param>
/// <param name="Profile">The file of the bundle that holds the device's profile.</param>
public sealed record BundleDevice(string Name, string Platform, int Threads = 1, string? Profile = null)
{
    /// <summary>64-bit ARM.</summary>
    public const string LinuxArm64 = "linux-arm64";

    /// <summary>64-bit Intel and AMD.</summary>
    public const string LinuxX64 = "linux-x64";

    /// <summary>Refuses what no device is.</summary>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">The message names what is wrong.</exception>
    public void Validate(string where)
    {
        if (Platform is not (LinuxArm64 or LinuxX64))
            throw new StageException($"{where}: the device's platform is '{BundleManifest.Printable(Platform)}'; {LinuxArm64} and {LinuxX64} are known.");
        if (Threads is < 1 or > 1024)
            throw new StageException($"{where}: the device has {Threads} threads, but a number from 1 to 1024 is needed.");
    }
}
