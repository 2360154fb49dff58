import CCurl
import CNet

/// How connections are made, whatever goes over them.
public struct ConnectionOptions: Sendable {
  /// The certificates to trust instead of the system's, as a PEM file.
  public var authorities: String?
  /// The folder of the system's certificates; `nil` = the one that libcurl was built for. For tests.
  var systemFolder: String?
  /// `http://`, `socks5h://` and so on; `nil` = what the environment says (`https_proxy`, `no_proxy`).
  public var proxy: String?
  /// Base URLs instead of listed hosts, by `host:port`: the operator's word, for gateways and test servers.
  public var substitutes: [String: String] = [:]
  /// Lets substitutes on this machine (`127.0.0.1`, `localhost`) go without TLS.
  public var allowsPlainLoopback = false

  public init() {}
}

/// Options that every handle of libcurl gets.
enum CurlHandle {
  /// A handle for a URL, with certificate and host name verified, without redirects, cookies, or signals; `nil` when
  /// there is no memory for it.
  static func make(_ url: VenueURL, _ options: ConnectionOptions, _ limits: TransportLimits) -> UnsafeMutableRawPointer?
  {
    guard let easy = curl_easy_init() else { return nil }
    set(easy, CURLOPT_URL, url.connectText)
    set(easy, CURLOPT_PROTOCOLS_STR, url.isEncrypted ? "https" : "http")
    set(easy, CURLOPT_NOSIGNAL, 1)
    set(easy, CURLOPT_FOLLOWLOCATION, 0)
    set(easy, CURLOPT_SSL_VERIFYPEER, 1)
    set(easy, CURLOPT_SSL_VERIFYHOST, 2)
    set(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    set(easy, CURLOPT_TCP_NODELAY, 1)
    set(easy, CURLOPT_TCP_KEEPALIVE, 1)
    set(easy, CURLOPT_PATH_AS_IS, 1)
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(limits.connect / 1_000_000))
    if let folder = options.systemFolder { set(easy, CURLOPT_CAPATH, folder) }
    if let file = options.authorities {
      set(easy, CURLOPT_CAINFO, file)
      // The file takes the place of the system's bundle alone; its folder of certificates would still be trusted.
      set(easy, CURLOPT_CAPATH, pointer: nil)
    }
    if let proxy = options.proxy { set(easy, CURLOPT_PROXY, proxy) }
    // This machine is never asked for through a proxy.
    if url.isLoopback { set(easy, CURLOPT_NOPROXY, "*") }
    return easy
  }

  static func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) {
    _ = cnet_easy_long(easy, Int32(option.rawValue), value)
  }

  static func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String) {
    _ = value.withCString { cnet_easy_pointer(easy, Int32(option.rawValue), $0) }
  }

  static func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, pointer: UnsafeRawPointer?) {
    _ = cnet_easy_pointer(easy, Int32(option.rawValue), pointer)
  }

  static func text(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}

extension VenueURL {
  var isLoopback: Bool { host == "127.0.0.1" || host == "localhost" }
}
