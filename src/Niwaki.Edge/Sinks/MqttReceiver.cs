using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Niwaki.Edge;

/// <summary>
/// An MQTT broker (3.1.1). Results go to <c>TOPIC/frames</c> at most once, alarms to <c>TOPIC/alarms</c> at least once; whether
/// the program is there stands, retained, in <c>TOPIC/status</c>.
/// </summary>
internal sealed class MqttReceiver : Receiver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string topic;
    private readonly IMqttClient client = new MqttClientFactory().CreateMqttClient();
    private readonly MqttClientOptions options;

    public MqttReceiver(Uri url)
    {
        topic = Uri.UnescapeDataString(url.AbsolutePath).Trim('/');
        var safe = url.Scheme == "mqtts";
        var port = url.Port > 0 ? url.Port : safe ? 8883 : 1883;
        Name = $"{url.Scheme}://{url.Host}:{port}/{topic}";
        if (topic.Length == 0 || topic.Contains('#', StringComparison.Ordinal) || topic.Contains('+', StringComparison.Ordinal))
            throw new StageException($"sink: {Name} names no topic that can be published to. Something like mqtt://{url.Host}/niwaki/roof is needed.");
        var builder = new MqttClientOptionsBuilder().WithTcpServer(url.Host, port).WithProtocolVersion(MqttProtocolVersion.V311)
            .WithClientId($"niwaki-{Guid.NewGuid():N}"[..23]).WithCleanSession().WithTimeout(Patience).WithKeepAlivePeriod(TimeSpan.FromSeconds(30))
            .WithWillTopic($"{topic}/status").WithWillPayload("offline"u8.ToArray()).WithWillRetain().WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        if (url.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password])
            builder = builder.WithCredentials(Uri.UnescapeDataString(user), password.Length > 0 ? Uri.UnescapeDataString(password[0]) : null);
        if (safe)
            builder = builder.WithTlsOptions(tls => tls.UseTls());
        options = builder.Build();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override async Task SendAsync(byte[] json, bool alarm, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            if (!client.IsConnected)
            {
                var answer = await client.ConnectAsync(options, patience.Token);
                if (answer.ResultCode != MqttClientConnectResultCode.Success)
                    throw new IOException($"refused the connection ({answer.ResultCode})");
                await PublishAsync("status", "online"u8.ToArray(), MqttQualityOfServiceLevel.AtLeastOnce, retain: true, patience.Token);
            }

            await PublishAsync(alarm ? "alarms" : "frames", json, alarm ? MqttQualityOfServiceLevel.AtLeastOnce : MqttQualityOfServiceLevel.AtMostOnce, retain: false, patience.Token);
        }
        catch (Exception problem) when (problem is MqttCommunicationException or MqttClientNotConnectedException or MqttProtocolViolationException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            throw new IOException(problem.InnerException?.Message ?? problem.Message, problem);
        }
        catch (OperationCanceledException problem) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"did not answer in {Patience.TotalSeconds:0} s", problem);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync()
    {
        try
        {
            if (client.IsConnected)
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                await PublishAsync("status", "offline"u8.ToArray(), MqttQualityOfServiceLevel.AtLeastOnce, retain: true, patience.Token);
                await client.DisconnectAsync(new MqttClientDisconnectOptions(), patience.Token);
            }
        }
        catch (Exception problem) when (problem is MqttCommunicationException or MqttClientNotConnectedException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // it is gone already: the broker tells the others
        }

        client.Dispose();
    }

    private async Task PublishAsync(string below, byte[] payload, MqttQualityOfServiceLevel quality, bool retain, CancellationToken cancel)
    {
        var message = new MqttApplicationMessageBuilder().WithTopic($"{topic}/{below}").WithPayload(payload).WithQualityOfServiceLevel(quality).WithRetainFlag(retain).Build();
        var result = await client.PublishAsync(message, cancel);
        if (!result.IsSuccess)
            throw new IOException($"refused a message ({result.ReasonCode})");
    }
}
