namespace Niwaki;

/// <summary>What a device's programs are built for.</summary>
public enum DeviceArchitecture
{
    /// <summary>Linux on 64-bit ARM.</summary>
    LinuxArm64,

    /// <summary>Linux on x86-64.</summary>
    LinuxX64,
}
