import CCurl

/// Handles of libcurl that have ended a request and wait for the next one, so that what is the same for all requests is
/// set once. One per transport; whatever a request sets is set anew by the next.
final class CurlPool {
  /// Requests to one kind of server share their handles: how they connect is the same.
  private struct Kind: Equatable {
    var isEncrypted: Bool
    var isLoopback: Bool

    init(_ url: VenueURL) { (isEncrypted, isLoopback) = (url.isEncrypted, url.isLoopback) }
  }

  private static let limit = 8
  private let options: ConnectionOptions
  private let limits: TransportLimits
  private struct Spare {
    let kind: Kind
    let easy: UnsafeMutableRawPointer
    /// What it was given already.
    let url: VenueURL
    let method: String
  }

  @exclusivity(unchecked) private var spare: [Spare] = []

  init(_ options: ConnectionOptions, _ limits: TransportLimits) { (self.options, self.limits) = (options, limits) }

  deinit { for one in spare { curl_easy_cleanup(one.easy) } }

  /// A handle for requests to a URL by a method; `nil` when there is no memory for it. It has no body from the request
  /// before.
  func take(_ url: VenueURL, method: String) -> UnsafeMutableRawPointer? {
    let kind = Kind(url)
    if let index = spare.lastIndex(where: { $0.kind == kind }) {
      let known = spare.remove(at: index)
      if known.url != url { CurlHandle.set(known.easy, CURLOPT_URL, url.connectText) }
      if known.method != method { CurlHandle.set(known.easy, CURLOPT_CUSTOMREQUEST, method) }
      return known.easy
    }
    guard let easy = CurlHandle.make(url, options, limits) else { return nil }
    CurlHandle.set(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    CurlHandle.set(easy, CURLOPT_PIPEWAIT, 1)
    CurlHandle.set(easy, CURLOPT_ACCEPT_ENCODING, "")
    CurlHandle.set(easy, CURLOPT_MAXAGE_CONN, limits.connectionAge)
    CurlHandle.set(easy, CURLOPT_USERAGENT, "patchbay")
    CurlHandle.set(easy, CURLOPT_CUSTOMREQUEST, method)
    return easy
  }

  /// A handle that is in no set any more.
  func give(_ easy: UnsafeMutableRawPointer, _ url: VenueURL, method: String) {
    CurlHandle.set(easy, CURLOPT_HTTPHEADER, pointer: nil)
    // Nothing of a body, which may be signed, is kept for the next request.
    CurlHandle.set(easy, CURLOPT_POSTFIELDSIZE, -1)
    CurlHandle.set(easy, CURLOPT_COPYPOSTFIELDS, pointer: nil)
    CurlHandle.set(easy, CURLOPT_HTTPGET, 1)
    guard spare.count < Self.limit else { return curl_easy_cleanup(easy) }
    spare.append(Spare(kind: Kind(url), easy: easy, url: url, method: method))
  }
}
