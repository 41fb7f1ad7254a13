//! Live capture, in network namespaces that end with the test. Skipped, saying so, where they cannot be made.
//!
//! Each test runs its other half, an ignored test, in a namespace: nothing of this machine is seen or touched.

use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use std::io::{Read, Write};

use capture::{Direction, ErrorKind, Live, PacketSource};
use wire::{Checksums, L4, LinkType, decode};

/// Set for the other half of a test.
const INSIDE: &str = "CAPTURE_TEST_INSIDE";

/// What one frame said, decoded.
#[derive(Debug)]
struct Heard {
    ifindex: u32,
    direction: Option<Direction>,
    vlan: Option<u16>,
    payload: Vec<u8>,
    ports: (u16, u16),
    length: usize,
    time: i64,
}

fn in_namespace(test: &str) {
    let unshare = || Command::new("unshare").args(["--map-root-user", "--net", "--"]).to_owned_command();
    match unshare().args(["ip", "link", "set", "lo", "up"]).output() {
        Ok(output) if output.status.success() => half(unshare(), test),
        _ => eprintln!("skipped: no network namespace can be made here (needs unshare, ip and the privilege)"),
    }
}

trait ToOwnedCommand {
    fn to_owned_command(&mut self) -> Command;
}

impl ToOwnedCommand for Command {
    fn to_owned_command(&mut self) -> Command {
        let mut owned = Command::new(self.get_program());
        owned.args(self.get_args());
        owned
    }
}

/// Runs an ignored test of this binary behind `command`.
fn half(mut command: Command, test: &str) {
    let program = std::env::current_exe().unwrap();
    let output = command.arg(program).env(INSIDE, "1").args(["--ignored", "--exact", "--nocapture", test]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Whether somebody runs the ignored tests by hand: on this very machine they would change its network.
fn outside() -> bool {
    std::env::var_os(INSIDE).is_none()
}

fn ip(arguments: &str) {
    assert!(Command::new("ip").args(arguments.split(' ')).status().unwrap().success(), "ip {arguments}");
}

fn names(interfaces: &[&str]) -> Vec<String> {
    interfaces.iter().map(|name| name.to_string()).collect()
}

fn index(name: &str) -> u32 {
    capture::interfaces().unwrap().into_iter().find(|(_, known)| known == name).unwrap().0
}

/// All frames until none has come for a while.
fn listen(live: &mut Live) -> Vec<Heard> {
    let (mut heard, mut latest) = (Vec::new(), Instant::now());
    while latest.elapsed() < Duration::from_millis(250) {
        live.poll(Duration::from_millis(50)).unwrap();
        while let Some(frame) = live.next().unwrap() {
            latest = Instant::now();
            let checksums = if frame.checksums_ready { Checksums::Verify } else { Checksums::Ignore };
            let packet = decode(frame.link, frame.data, checksums);
            assert_eq!((frame.link, packet.anomalies.has(wire::Anomaly::BadUdpChecksum)), (LinkType::ETHERNET, false));
            assert_eq!(frame.original_len as usize, frame.data.len());
            heard.push(Heard {
                ifindex: frame.ifindex,
                direction: frame.direction,
                vlan: packet.vlan,
                payload: if matches!(packet.l4, L4::None) { Vec::new() } else { packet.payload.to_vec() },
                ports: packet.ports(),
                length: frame.data.len(),
                time: frame.time,
            });
        }
    }
    heard
}

/// Sends datagrams from a free port to each of `to`.
fn send(to: &[&str], payload: &[u8]) {
    for address in to {
        let address: SocketAddr = address.parse().unwrap();
        let from = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        // Nobody listens: what comes back is refusal, which is none of our concern.
        UdpSocket::bind(from).unwrap().send_to(payload, address).unwrap();
    }
}

fn payloads<'a>(heard: &'a [Heard], payload: &[u8]) -> Vec<&'a Heard> {
    heard.iter().filter(|heard| heard.payload == payload && heard.ports != (0, 0)).collect()
}

#[test]
fn loopback_is_heard_once() {
    in_namespace("live::half_loopback");
}

#[test]
#[ignore = "runs in a namespace of its own"]
fn half_loopback() {
    if outside() {
        return;
    }
    ip("link set lo up");
    let mut live = Live::open(&names(&["lo"]), &[], 4).unwrap();
    assert_eq!((live.interfaces(), live.ring_bytes()), (&[(index("lo"), "lo".into())][..], 4 << 20));
    send(&["127.0.0.1:9999"; 10], b"ten of them");
    let heard = listen(&mut live);
    let seen = payloads(&heard, b"ten of them");
    assert_eq!(seen.len(), 10);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
    assert!(seen.iter().all(|heard| heard.ifindex == index("lo") && (now - heard.time).abs() < 60_000_000_000));
    assert_eq!(live.statistics().unwrap().dropped, 0);
    assert!(live.position().0 > 0);
}

#[test]
fn offloaded_frames_are_heard_whole() {
    in_namespace("live::half_offloaded");
}

#[test]
#[ignore = "runs in a namespace of its own"]
fn half_offloaded() {
    if outside() {
        return;
    }
    ip("link set lo up");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut live = Live::open(&names(&["lo"]), &[port], 16).unwrap();
    let sender = std::thread::spawn(move || TcpStream::connect(("127.0.0.1", port)).unwrap().write_all(&[7; 1 << 20]).unwrap());
    let mut received = Vec::new();
    listener.accept().unwrap().0.read_to_end(&mut received).unwrap();
    sender.join().unwrap();
    let heard = listen(&mut live);
    assert!(heard.iter().map(|heard| heard.payload.len()).sum::<usize>() >= 1 << 20);
    assert!(heard.iter().any(|heard| heard.length > 30_000), "no frame above the size of a segment");
}

#[test]
fn ports_are_picked_out_at_either_end() {
    in_namespace("live::half_ports");
}

#[test]
#[ignore = "runs in a namespace of its own"]
fn half_ports() {
    if outside() {
        return;
    }
    ip("link set lo up");
    let mut live = Live::open(&names(&["lo"]), &[8080, 53], 4).unwrap();
    send(&["127.0.0.1:8080", "[::1]:8080", "127.0.0.1:9090", "[::1]:9090", "127.0.0.1:53"], b"to a port");
    let from = UdpSocket::bind("127.0.0.1:53").unwrap();
    from.send_to(b"to a port", "127.0.0.1:9091").unwrap();
    let mut ports: Vec<_> = payloads(&listen(&mut live), b"to a port").iter().map(|heard| heard.ports.1).collect();
    ports.sort_unstable();
    assert_eq!(ports, [53, 8080, 8080, 9091]);
}

#[test]
fn the_filter_changes_while_capturing() {
    in_namespace("live::half_filter");
}

#[test]
#[ignore = "runs in a namespace of its own"]
fn half_filter() {
    if outside() {
        return;
    }
    ip("link set lo up");
    let mut live = Live::open(&[], &[], 2).unwrap();
    let count = |live: &mut Live, ifindexes: &[u32], ports: &[u16]| {
        live.set_filter(ifindexes, ports).unwrap();
        send(&["127.0.0.1:9999"; 3], b"x");
        payloads(&listen(live), b"x").len()
    };
    assert_eq!(count(&mut live, &[], &[]), 0);
    assert_eq!(count(&mut live, &[index("lo")], &[]), 3);
    assert_eq!(count(&mut live, &[index("lo")], &[80]), 0);
    // As many pods as a large node has: the tree must work in the kernel too.
    let many: Vec<u32> = (0..900).map(|number| number * 2 + index("lo") % 2).collect();
    assert_eq!(count(&mut live, &many, &[9999]), 3);
    let too_many: Vec<u32> = (0..10_000).collect();
    assert_eq!(live.set_filter(&too_many, &[]).unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(count(&mut live, &[index("lo") + 1], &[]), 0);
}

#[test]
fn what_is_lost_is_counted() {
    in_namespace("live::half_lost");
}

#[test]
#[ignore = "runs in a namespace of its own"]
fn half_lost() {
    if outside() {
        return;
    }
    ip("link set lo up");
    let mut live = Live::open(&names(&["lo"]), &[9999], 2).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:9999").unwrap();
    for _ in 0..500 {
        socket.send_to(&[1; 20_000], "127.0.0.1:9999").unwrap();
    }
    let counts = live.statistics().unwrap();
    assert!(counts.dropped > 100 && counts.ring_full > 0, "{counts:?}");
    assert_eq!(counts.received + counts.dropped, 500);
    assert_eq!(listen(&mut live).len() as u64, counts.received);
    assert_eq!(live.statistics().unwrap(), counts, "counts stay");
    send(&["127.0.0.1:9999"], b"afterwards");
    assert_eq!(payloads(&listen(&mut live), b"afterwards").len(), 1);
}

/// A process in a network namespace of its own, as a pod is.
struct Pod(Child);

impl Pod {
    fn new() -> Pod {
        let mut pod =
            Command::new("unshare").args(["--net", "--", "sh", "-c", "echo ready; exec sleep 60"]).stdout(Stdio::piped()).spawn().unwrap();
        pod.stdout.as_mut().unwrap().read_exact(&mut [0; 5]).unwrap();
        Pod(pod)
    }

    fn run(&self, command: &str) {
        let enter = ["-t", &self.0.id().to_string(), "--net", "--", "bash", "-ec", command].map(str::to_string);
        assert!(Command::new("nsenter").args(enter).status().unwrap().success(), "{command}");
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Puts a frame on a wire as it is.
const SEND_RAW: &str = "import socket, sys; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind((sys.argv[1], 0)); s.send(bytes.fromhex(sys.argv[2]))";

/// A datagram to 10.9.0.1:7000 in VLAN 7, whose tag the kernel takes off before anyone can hear it.
fn tagged(payload: &[u8; 6]) -> [u8; 52] {
    let mut frame = [0; 52];
    frame[..6].fill(0xff);
    frame[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
    frame[12..18].copy_from_slice(&[0x81, 0, 0x20, 7, 8, 0]);
    frame[18..38].copy_from_slice(&[0x45, 0, 0, 34, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 0, 2, 10, 9, 0, 1]);
    frame[38..46].copy_from_slice(&[0x1b, 0x58, 0x1b, 0x58, 0, 14, 0, 0]);
    frame[46..].copy_from_slice(payload);
    frame
}

#[test]
fn a_pod_is_heard_on_the_hosts_end() {
    in_namespace("live::half_pod");
}

#[test]
#[ignore = "runs in a namespace of its own"]
fn half_pod() {
    if outside() {
        return;
    }
    ip("link set lo up");
    let pod = Pod::new();
    ip(&format!("link add host0 type veth peer name eth0 netns {}", pod.0.id()));
    ip("link add other0 type veth peer name other1");
    for setting in ["addr add 10.9.0.1/24 dev host0", "link set host0 up", "link set other0 up", "link set other1 up"] {
        ip(setting);
    }
    pod.run("ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up");

    let mut live = Live::open(&names(&["host0"]), &[], 4).unwrap();
    // Read between the sends: a process that starts takes longer than a small ring lasts, at the pace of its clock.
    send(&["10.9.0.2:7000", "127.0.0.1:7000"], b"towards the pod");
    let mut heard = listen(&mut live);
    pod.run("echo -n from the pod > /dev/udp/10.9.0.1/7000");
    heard.extend(listen(&mut live));
    pod.run(&format!("python3 -c '{SEND_RAW}' eth0 {}", tagged(b"tagged").map(|byte| format!("{byte:02x}")).concat()));
    heard.extend(listen(&mut live));
    assert!(heard.iter().all(|heard| heard.ifindex == index("host0")));
    let cases = [
        (&b"towards the pod"[..], Direction::Outgoing, None),
        (b"from the pod", Direction::Incoming, None),
        (b"tagged", Direction::Incoming, Some(7)),
    ];
    for (payload, direction, vlan) in cases {
        let seen: Vec<_> = payloads(&heard, payload).iter().map(|heard| (heard.direction, heard.vlan)).collect();
        assert_eq!(seen, [(Some(direction), vlan)]);
    }

    // The pod dies, and its interface with it; the others are still heard.
    live.set_filter(&[index("host0"), index("lo")], &[]).unwrap();
    ip("link del host0");
    listen(&mut live);
    send(&["127.0.0.1:7000"], b"still here");
    assert_eq!(payloads(&listen(&mut live), b"still here").len(), 1);
}

#[test]
fn unknown_interfaces_and_sizes_are_refused() {
    in_namespace("live::half_refused");
}

#[test]
#[ignore = "runs in a namespace of its own"]
fn half_refused() {
    if outside() {
        return;
    }
    let error = Live::open(&names(&["lo", "eth9"]), &[], 4).err().unwrap();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::NoInterface, "eth9: no such interface; there are: lo".into()));
    for mib in [0, 1, 1025, u32::MAX] {
        assert_eq!(Live::open(&[], &[], mib).err().unwrap().kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn without_the_privilege_it_says_what_is_needed() {
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--"]);
    match nobody.to_owned_command().arg("true").status() {
        Ok(status) if status.success() => half(nobody, "live::half_privilege"),
        _ => eprintln!("skipped: cannot become another user (needs setpriv and root)"),
    }
}

#[test]
#[ignore = "runs as nobody"]
fn half_privilege() {
    if outside() {
        return;
    }
    let error = Live::open(&[], &[], 4).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.to_string().contains("capturing needs CAP_NET_RAW; run as root"), "{error}");
}
